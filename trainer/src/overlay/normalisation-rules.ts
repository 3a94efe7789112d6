import {
  add,
  FusedBatchNorm,
  mul,
  neg,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { defineRule, sumToShape, type GradientRule } from "./rule.ts";

/**
 * Batch normalisation y = (x − mean)·r·scale + offset, r = (variance + ε)^−½, where mean and variance are inputs: the
 * layer computes them with `tf.moments`, whose gradients are right. TensorFlow.js's own rule is right too, but makes six
 * passes over the batch where two sums are enough: Σdy and Σdy·x̂ (Ioffe and Szegedy 2015, section 3).
 */
export const normalisationRules: readonly GradientRule[] = [
  defineRule<{ varianceEpsilon: number }>({
    kernelName: FusedBatchNorm,
    inputsToSave: ["x", "mean", "variance", "scale"],
    gradient: (dy, saved, { varianceEpsilon }) => {
      const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
      const shape = mean.shape;
      // Not inside the closures: each of those runs in a tidy of its own, and all of them share these.
      const r = rsqrt(add(variance, varianceEpsilon));
      const gain = mul(r, scale);
      const sumDy = sumToShape(dy, shape);
      const sumDyNormalised = sumToShape(mul(dy, mul(sub(x, mean), r)), shape);
      return {
        x: () => mul(dy, gain),
        mean: () => neg(mul(gain, sumDy)),
        variance: () => mul(mul(mul(scale, square(r)), sumDyNormalised), -0.5),
        scale: () => reshape(sumDyNormalised, shape),
        offset: () => reshape(sumDy, shape),
      };
    },
  }),
];
