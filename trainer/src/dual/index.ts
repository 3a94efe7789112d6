export { byLayers } from "./gradients.ts";
export { dualProduct, hasDualProduct } from "./product.ts";
export type { Product, ProductPoint } from "./product.ts";
