// Importing the layers registers TensorFlow.js's own gradients. They must be there first: the last one registered wins.
import "@tensorflow/tfjs-layers";
import { activationRules } from "./activation-rules.ts";
import { arithmeticRules } from "./arithmetic-rules.ts";
import { convolutionRules } from "./convolution-rules.ts";
import { depthwiseRules } from "./depthwise-rules.ts";
import { mendLogSoftmax } from "./log-softmax.ts";
import { movingRules } from "./moving-rules.ts";
import { normalisationRules } from "./normalisation-rules.ts";
import { poolingRules } from "./pooling-rules.ts";
import { resizingRules } from "./resizing-rules.ts";
import { registerRule, type GradientRule } from "./rule.ts";
import { selectionRules } from "./selection-rules.ts";
import { supplyTensorMethods } from "./tensor-methods.ts";
import { volumeRules } from "./volume-rules.ts";

const rules: readonly GradientRule[] = [
  ...activationRules,
  ...arithmeticRules,
  ...convolutionRules,
  ...depthwiseRules,
  ...movingRules,
  ...normalisationRules,
  ...poolingRules,
  ...resizingRules,
  ...selectionRules,
  ...volumeRules,
];

/** The kernels whose gradient {@link installOverlay} replaces or supplies. */
export const overlaidKernels: readonly string[] = rules.map((rule) => rule.kernelName);

let installed = false;

/**
 * Makes nested gradients of TensorFlow.js right to second order, for the operations that covered layers use
 * (see `assertCovered`). Calling it again does nothing. The gradient registry is global to the TensorFlow.js instance,
 * so this is a call, never a side effect of an import, and the client never makes it. First-order gradients stay what
 * they were, except average pooling at padded borders, where TensorFlow.js's own are wrong.
 *
 * @example
 * ```ts
 * installOverlay();
 * const curvature = tf.grad((x) => tf.grad((z) => tf.tanh(z))(x));
 * curvature(tf.scalar(0.5)); // −2 tanh(½)(1 − tanh²(½)) = −0.7269
 * ```
 */
export function installOverlay(): void {
  if (installed) return;
  for (const rule of rules) registerRule(rule);
  mendLogSoftmax();
  supplyTensorMethods();
  installed = true;
}
