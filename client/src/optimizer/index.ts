export { registerOptimizers } from "./register-optimizers.ts";
