// The user's data, which the pages' programs import: two numbers an example, three classes.
export const y = Array.from({ length: 96 }, (_, i) => i % 3);
export const x = y.map((k, i) => [k - 1 + 0.1 * Math.sin(i), (k % 2) + 0.1 * Math.cos(i)]);
