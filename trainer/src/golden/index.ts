export { biasOf, checkGolden, optimizerOf, relativeError } from "./check.ts";
export type { Bias, Deviation, GoldenReport } from "./check.ts";
export { readGoldens } from "./format.ts";
export type { GoldenCase } from "./format.ts";
