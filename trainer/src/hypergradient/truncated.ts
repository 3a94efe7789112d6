import type { Estimator } from "./estimator.ts";
import { exactProducts, type ProductMethod } from "./products.ts";
import { reverseMode } from "./reverse-mode.ts";
import { keepLast, momentBytes } from "./store.ts";

export interface TruncatedOptions {
  /** K: steps that are reversed. */
  readonly steps: number;
  readonly products?: ProductMethod;
  readonly name?: string;
}

/**
 * Reverses the last K steps only (Shaban et al. 2019, K-RMD): dθ lacks what φ did before, the smaller share where the
 * student forgets. Biased; cost 1 gradient and K/T double backwards a step, memory K·|ω|. There is no dω₀.
 */
export function createTruncated({
  steps,
  products = exactProducts,
  name = `truncated:${steps}`,
}: TruncatedOptions): Estimator {
  return {
    name,
    exact: false,
    objection: () => undefined,
    historyBytes: (size) => Math.min(steps, size.steps) * momentBytes(size),
    estimate: (problem, options) => reverseMode(problem, (p) => keepLast(p, steps), products, options),
  };
}
