import { reverseStep, type Cotangent, type ReverseStep, type StepPoint } from "./reverse-step.ts";
import type { UpdateAdjoint } from "./adjoint.ts";

/** How a reverse step gets ∇²_ω L·v and ∂_φ∇_ω L·v. One lesson's: it may adapt as it goes. */
export interface Products {
  step(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint): ReverseStep;
  /** Called now and then before a step: looks whether the products can be trusted there, and adapts. */
  check?(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint): Promise<void>;
  /** True once the products can't be trusted. */
  readonly kinked: boolean;
}

/** Orthogonal to how the past is had again: any estimator that goes backwards takes any of them. */
export interface ProductMethod {
  readonly exact: boolean;
  open(): Products;
}

/** Double backward. */
export const exactProducts: ProductMethod = {
  exact: true,
  open: () => ({ step: reverseStep, kinked: false }),
};
