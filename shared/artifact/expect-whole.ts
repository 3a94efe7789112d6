import { demand, type ErrorCode } from "../errors/index.ts";
import { show } from "./conform.ts";

/**
 * Refuses what isn't an integer of at least `min`.
 * @param what how to call the value
 */
export function expectWhole(value: unknown, min: number, what: string, code: ErrorCode): void {
  demand(
    Number.isSafeInteger(value) && Number(value) >= min,
    code,
    `${what} is ${show(value)}, expected an integer from ${min}`,
  );
}
