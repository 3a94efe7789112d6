import { customGrad, tidy, type Tensor } from "@tensorflow/tfjs-core";

/** Under which names the tape knows what the overlay puts on it. */
export const overlayScope = {
  constant: "overlay: constant",
  recalled: "overlay: recalled output",
  maxima: "overlay: places of maxima",
  average: "overlay: averages over windows",
} as const;

/**
 * Computes a tensor that differentiation treats as a constant.
 *
 * TensorFlow.js has no stop-gradient. A custom operation without inputs is one: its node is on the tape, but no path
 * leads through it. Masks and argmax positions are made this way, so that no second pass walks through comparisons.
 *
 * @example
 * ```ts
 * const positive = stopGradient(() => tf.step(x));
 * ```
 */
export function stopGradient(compute: () => Tensor): Tensor {
  return tidy(overlayScope.constant, () => customGrad(() => ({ value: compute(), gradFunc: () => [] }))());
}

/** A rule for y = f(x): the gradient dL/dx, shape of x, from dL/dy, the input and the output. */
export type OutputRule = (dy: Tensor, x: Tensor, y: Tensor) => Tensor;

/**
 * The saved output y = f(x), on the tape again as a function of x.
 *
 * Kernels that save their *output* lose the path through it: the saved clone is made before their own tape node exists
 * (`engine.ts`, runKernelFunc; https://github.com/tensorflow/tfjs/issues/3252). Computing f(x) once more would mend
 * that at the price of a second tanh; this costs a reference and is right to every order, because `rule` is used again.
 * Both tensors are saved ones, so they live as long as the outermost tape.
 */
export function recall(x: Tensor, y: Tensor, rule: OutputRule): Tensor {
  return tidy(overlayScope.recalled, () =>
    customGrad(() => ({ value: y.clone(), gradFunc: (dy: Tensor) => rule(dy, x, y) }))(x),
  );
}
