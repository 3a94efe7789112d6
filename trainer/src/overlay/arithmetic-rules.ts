import {
  add,
  cast,
  log,
  mul,
  neg,
  pow,
  Pow,
  SquaredDifference,
  step,
  sub,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { defineRule, sumToShape, type GradientRule } from "./rule.ts";
import { stopGradient } from "./stop-gradient.ts";

/** log a where a > 0, and 0 elsewhere with no infinity in any derivative. */
function safeLog(a: Tensor): Tensor {
  const positive = stopGradient(() => step(a));
  return log(add(mul(a, positive), sub(1, positive)));
}

/** Arithmetic whose own gradients are wrong to second order (pow's exponent) or forget broadcasting (squaredDifference). */
export const arithmeticRules: readonly GradientRule[] = [
  defineRule({
    kernelName: Pow,
    inputsToSave: ["a", "b"],
    gradient: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      return {
        a: () => {
          const exponent = cast(b, "float32");
          return sumToShape(mul(dy, mul(exponent, pow(a, sub(exponent, 1)))), a.shape);
        },
        b: () => sumToShape(mul(dy, mul(pow(a, b), safeLog(a))), b.shape),
      };
    },
  }),
  defineRule({
    kernelName: SquaredDifference,
    inputsToSave: ["a", "b"],
    gradient: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      const twice = (): Tensor => mul(dy, mul(2, sub(a, b)));
      return { a: () => sumToShape(twice(), a.shape), b: () => sumToShape(neg(twice()), b.shape) };
    },
  }),
];
