import { Cast, reshape, sum, Tile, zeros, type DataType, type Tensor } from "@tensorflow/tfjs-core";
import { defineRule, type GradientRule } from "./rule.ts";

/** Operations that move numbers, whose own gradients are wrong (Cast to whole numbers) or slow (Tile). */
export const movingRules: readonly GradientRule[] = [
  // A cast to whole numbers is a staircase: flat. TensorFlow.js lets dy through.
  defineRule<{ dtype: DataType }>({
    kernelName: Cast,
    inputsToSave: ["x"],
    gradient: (dy, [x], { dtype }) => ({
      x: () => (dtype === "float32" && x!.dtype === "float32" ? dy.clone() : zeros(x!.shape)),
    }),
  }),
  // TensorFlow.js' own rule adds one slice a repetition: 25,000 for layer normalisation of an image.
  defineRule<{ reps: number[] }>({
    kernelName: Tile,
    inputsToSave: ["x"],
    gradient: (dy, [x], { reps }) => ({ x: () => sumRepetitions(dy, x!.shape, reps) }),
  }),
];

function sumRepetitions(dy: Tensor, shape: readonly number[], reps: readonly number[]): Tensor {
  let total = dy;
  for (const [axis, count] of reps.entries()) {
    if (count === 1) continue;
    const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    total = sum(reshape(total, [before, count, -1]), 1);
  }
  return reshape(total, [...shape]);
}
