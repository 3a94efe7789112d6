export { strategies } from "./actions.ts";
export type { Strategy } from "./actions.ts";
export { benchCase, benchCaseNames } from "./cases.ts";
export { measureOverhead } from "./overhead.ts";
export type { Overhead, OverheadRow } from "./overhead.ts";
export { runBench } from "./run-bench.ts";
export type { BenchOptions } from "./run-bench.ts";
export type { CaseRow } from "./run-case.ts";
