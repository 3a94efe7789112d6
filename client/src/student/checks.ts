import { tf } from "@lectern/shared/tensorflow";
import { demand } from "@lectern/shared/errors";

/** Refuses data unless the condition holds. */
export function expectData(holds: unknown, problem: string, remedy?: string, cause?: unknown): asserts holds {
  demand(holds, "invalid-data", problem, remedy, cause);
}

/** `[60, 5]` */
export const show = (shape: readonly (number | null)[]): string =>
  `[${shape.map((size) => size ?? "any").join(", ")}]`;

/** True if the sizes are those expected, of which null stands for any. */
export const fits = (shape: readonly number[], expected: readonly (number | null)[]): boolean =>
  shape.length === expected.length && expected.every((size, i) => size === null || size === shape[i]);

/** The first element of which a test doesn't hold, or −1: one number is read back where all is well. */
export async function firstWrong(holds: () => tf.Tensor): Promise<number> {
  const right = tf.tidy(holds);
  const all = tf.all(right);
  const index = (await all.data())[0] ? -1 : (await right.data()).indexOf(0);
  tf.dispose([right, all]);
  return index;
}
