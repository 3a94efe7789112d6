export { checkGolden, relativeError } from "./check.ts";
export type { Deviation, GoldenReport } from "./check.ts";
export { readGoldens } from "./format.ts";
export type { GoldenCase } from "./format.ts";
