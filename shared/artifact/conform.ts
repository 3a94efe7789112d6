import { demand, type ErrorCode } from "../errors/index.ts";

/**
 * What a value of a parsed JSON document must be: a pattern for all of a string; an integer, which is the smallest
 * allowed; NaN for any finite number; `[item]` for a list; an object for one that has at least these fields.
 */
export type Sample = string | number | readonly [Sample] | { readonly [field: string]: Sample };

/**
 * Checks no more than what a reader goes on to use, in a fraction of the bytes that a schema takes.
 * @param path how to call the value
 * @throws LecternError of that code, naming the first field that is otherwise
 */
export function conform(
  value: unknown,
  sample: Sample,
  path: string,
  code: ErrorCode = "invalid-artifact",
): void {
  const wrong = (holds: unknown, expected: unknown) =>
    demand(holds, code, `${path} is ${show(value)}, expected ${expected}`);
  if (typeof sample === "string")
    return wrong(typeof value === "string" && new RegExp(`^(${sample})$`).test(value), sample);
  if (typeof sample === "number")
    return Number.isInteger(sample)
      ? wrong(Number.isSafeInteger(value) && Number(value) >= sample, `an integer from ${sample}`)
      : wrong(Number.isFinite(value), "a number");
  const list = Array.isArray(sample);
  wrong(value && typeof value === "object" && Array.isArray(value) === list, list ? "a list" : "an object");
  for (const key of Object.keys((list ? value : sample) as object))
    conform(
      (value as Record<string, unknown>)[key],
      (sample as Readonly<Record<string, Sample>>)[list ? "0" : key]!,
      `${path}.${key}`,
      code,
    );
}

/** Values come from strangers: escaped, never a screenful, and nothing nested, which could be too deep to show. */
export function show(value: unknown): string {
  if (typeof value === "object" && value) return "a list or object";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
