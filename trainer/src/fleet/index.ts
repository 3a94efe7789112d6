export { contestOnFleet } from "./contest.ts";
export type { FleetOptions } from "./contest.ts";
export { toFleetMarkdown, toFleetPicture, writeFleetReport } from "./report.ts";
export { fleetResult } from "./result.ts";
export type { FleetErrors, FleetResult } from "./result.ts";
