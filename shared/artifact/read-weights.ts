import { LecternError } from "../errors/index.ts";
import { parseSafetensors } from "./parse-safetensors.ts";
import type { WeightTensors } from "./serialize-safetensors.ts";

/**
 * Parses a teacher's weights, all of which must be float32.
 *
 * @param bytes a whole safetensors file
 * @throws LecternError `invalid-artifact` when the file breaks the format, `unsupported` for another dtype
 * @example
 * ```ts
 * const { U, W, b, c, V } = readWeights(bytes);
 * ```
 */
export function readWeights(bytes: Uint8Array): WeightTensors {
  const weights: WeightTensors = {};
  for (const [name, tensor] of Object.entries(parseSafetensors(bytes).tensors)) {
    if (tensor.dtype !== "F32") {
      throw new LecternError(
        "unsupported",
        `Tensor ${JSON.stringify(name.slice(0, 80))} of the weights is ${tensor.dtype}, expected F32.`,
        "Convert the teacher's weights to float32 and publish them again.",
      );
    }
    weights[name] = { shape: tensor.shape, data: tensor.data };
  }
  return weights;
}
