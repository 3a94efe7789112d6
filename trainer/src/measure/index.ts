export { distances, measureOf } from "./measure.ts";
export type { Measure } from "./measure.ts";
export { decide, plainDecision } from "./scored.ts";
export type { Decision, Scored } from "./scored.ts";
export { scoresOf } from "./scores-of.ts";
