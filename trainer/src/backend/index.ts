export { whileAlive } from "./alive.ts";
export { backendChoices, backendNames, hasOwnThreads } from "./names.ts";
export type { BackendName } from "./names.ts";
export { closeBackends, openBackend, useBackend } from "./select.ts";
export type { BackendInUse } from "./select.ts";
