import type * as tf from "@tensorflow/tfjs-core";
import type { Batch, Guide, Student } from "@lectern/client/lesson";
import { graphOf } from "./graph.ts";
import { differentiateHead } from "./head.ts";
import { goBack, goForward } from "./sweep.ts";

export interface Product {
  /** ∇²_ω L·v, in the order of the student's variables. */
  readonly weights: tf.Tensor[];
  /** ∂_φ⟨∇_ω L, v⟩ by name. */
  readonly dPhi: Record<string, tf.Tensor>;
}

export interface ProductPoint {
  readonly student: Student;
  readonly guide: Guide;
  readonly phi: Readonly<Record<string, tf.Variable>>;
  readonly batch: Batch;
}

/** Whether {@link dualProduct} knows every layer of the student. */
export const hasDualProduct = ({ model }: Student): boolean => graphOf(model) !== null;

/**
 * ∇²L·v and ∂_φ⟨∇L, v⟩ at the student's weights by forward-over-reverse differentiation (Pearlmutter 1994, "Fast exact
 * multiplication by the Hessian"): values and their derivatives along v go forwards through the layers, gradients and
 * theirs go back. No filter gradient is computed that only a double backward needs, nor any gradient of the data, and no
 * tape is kept but for the loss itself. Call it inside tf.tidy; see {@link hasDualProduct}.
 */
export function dualProduct(point: ProductPoint, directions: readonly tf.Tensor[]): Product {
  const { student, guide, phi, batch } = point;
  const sweep = goForward(student, batch, directions);
  const { output, dPhi } = differentiateHead({ student, guide, phi, batch, output: sweep.output });
  return { weights: goBack(sweep, output), dPhi };
}
