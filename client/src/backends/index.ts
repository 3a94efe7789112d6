export { registerFastLosses } from "./fast-losses.ts";
export type { BackendName } from "./names.ts";
export { selectBackend } from "./select-backend.ts";
export type { BackendReason, SelectBackendOptions, SelectedBackend } from "./select-backend.ts";
