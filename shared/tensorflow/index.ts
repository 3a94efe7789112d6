export { tensorFlowAlgebra } from "./algebra.ts";
