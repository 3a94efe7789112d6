export { inspect } from "./inspect.ts";
export type { Doing, Inspection } from "./inspect.ts";
export type { NearestLoss } from "./nearest-loss.ts";
export { nominalTrajectory } from "./trajectory.ts";
export type { Moment, Subject } from "./trajectory.ts";
export { describe, inWords } from "./words.ts";
