export { tf } from "./core.ts";
export { tensorFlowAlgebra } from "./algebra.ts";
