export { bootstrap, median } from "./bootstrap.ts";
export { comparePaired } from "./paired-test.ts";
export type { PairedTest } from "./paired-test.ts";
export { deviation, mean, summarize } from "./summary.ts";
export type { Figure } from "./summary.ts";
