import {
  add,
  Elu,
  Exp,
  LeakyRelu,
  lessEqual,
  logicalAnd,
  cast,
  greater,
  mul,
  Prelu,
  Relu,
  Relu6,
  Selu,
  Sigmoid,
  Softmax,
  square,
  step,
  sub,
  sum,
  Tanh,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { defineOutputRule, defineRule, sumToShape, type GradientRule } from "./rule.ts";
import { stopGradient } from "./stop-gradient.ts";

// Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 2; the digits that the kernels use.
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

const positiveMask = (x: Tensor): Tensor => stopGradient(() => step(x));
const negativeMask = (x: Tensor): Tensor => stopGradient(() => sub(1, step(x)));

/** Σ over the last axis, kept: softmax is defined along it only. */
const rowSum = (x: Tensor): Tensor => sum(x, -1, true);

/** Smooth functions whose derivative is written with their own output, and piecewise ones with a fixed mask. */
export const activationRules: readonly GradientRule[] = [
  defineOutputRule(Exp, (_, y) => (dy) => mul(dy, y)),
  defineOutputRule(Tanh, (_, y) => (dy) => mul(dy, sub(1, square(y)))),
  defineOutputRule(Sigmoid, (_, y) => (dy) => mul(dy, mul(y, sub(1, y)))),
  defineOutputRule(
    Softmax,
    (_, y) => (dy) => {
      const weighted = mul(dy, y);
      return sub(weighted, mul(rowSum(weighted), y));
    },
    "logits",
  ),
  // elu′ = 1 for x > 0, elu(x) + 1 = eˣ otherwise
  defineOutputRule(Elu, (x, y) => (dy) => mul(dy, add(1, mul(negativeMask(x), y)))),
  // selu′ = scale for x > 0, selu(x) + scale·alpha otherwise
  defineOutputRule(
    Selu,
    (x, y) => (dy) =>
      mul(dy, add(mul(positiveMask(x), SELU_SCALE), mul(negativeMask(x), add(y, SELU_SCALE_ALPHA)))),
  ),
  defineRule({
    kernelName: Relu,
    inputsToSave: ["x"],
    gradient: (dy, [x]) => ({ x: () => mul(dy, positiveMask(x as Tensor)) }),
  }),
  defineRule({
    kernelName: Relu6,
    inputsToSave: ["x"],
    gradient: (dy, [x]) => ({
      x: () =>
        mul(
          dy,
          stopGradient(() => cast(logicalAnd(greater(x as Tensor, 0), lessEqual(x as Tensor, 6)), "float32")),
        ),
    }),
  }),
  defineRule<{ alpha: number }>({
    kernelName: LeakyRelu,
    inputsToSave: ["x"],
    gradient: (dy, [x], { alpha }) => ({
      x: () =>
        mul(
          dy,
          stopGradient(() => add(mul(step(x as Tensor), 1 - alpha), alpha)),
        ),
    }),
  }),
  defineRule({
    kernelName: Prelu,
    inputsToSave: ["x", "alpha"],
    gradient: (dy, saved) => {
      const [x, alpha] = saved as [Tensor, Tensor];
      return {
        x: () => mul(dy, add(positiveMask(x), mul(negativeMask(x), alpha))),
        alpha: () => sumToShape(mul(dy, mul(negativeMask(x), x)), alpha.shape),
      };
    },
  }),
];
