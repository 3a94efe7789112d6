export { installOverlay, overlaidKernels } from "./install.ts";
export { stopGradient } from "./stop-gradient.ts";
