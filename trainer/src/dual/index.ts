export { byLayers } from "./gradients.ts";
export { pullEmission } from "./host/pull-emission.ts";
export { dualProduct, hasDualProduct } from "./product.ts";
export type { Product, ProductPoint } from "./product.ts";
