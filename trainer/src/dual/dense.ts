import * as tf from "@tensorflow/tfjs-core";
import { activationOf, type ActivationName } from "./activation.ts";
import { plus, tangentParts } from "./arithmetic.ts";
import type { LayerRule } from "./rule.ts";

/** y = a(x·w + b), x [n, in]. */
export const denseRule =
  (name: ActivationName): LayerRule =>
  ([x], [kernel, bias]) => {
    const [w, v] = [kernel!.variable as tf.Tensor2D, kernel!.direction as tf.Tensor2D];
    const input = x!.value as tf.Tensor2D;
    const inputTangent = x!.tangent as tf.Tensor2D | undefined;
    const activation = activationOf(name);
    const output = activation.forward(
      tf.fused.matMul({ a: input, b: w, ...(bias && { bias: bias.variable as tf.Tensor }) }),
      tangentParts(
        tf.fused.matMul({ a: input, b: v, ...(bias && { bias: bias.direction }) }),
        inputTangent && tf.matMul(inputTangent, w),
      ),
    );
    return {
      output,
      backward(adjoint, [needed]) {
        const d = activation.backward(output, adjoint) as { value: tf.Tensor2D; tangent: tf.Tensor2D };
        return {
          inputs: [
            needed
              ? {
                  value: tf.matMul(d.value, w, false, true),
                  tangent: tf.add(tf.matMul(d.tangent, w, false, true), tf.matMul(d.value, v, false, true)),
                }
              : undefined,
          ],
          weights: [
            plus(
              tf.matMul(input, d.tangent, true, false),
              inputTangent && tf.matMul(inputTangent, d.value, true, false),
            ),
            ...(bias ? [tf.sum(d.tangent, 0)] : []),
          ],
        };
      },
    };
  };
