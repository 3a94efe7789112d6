import { readTensors } from "./read-header.ts";
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
  const { tensors } = readTensors(bytes, { F32: 32 }, "unsupported");
  // The format is little-endian, and so is every machine that TensorFlow.js runs on.
  return Object.fromEntries(
    tensors.map(({ name, shape, bytes }) => [name, { shape, data: new Float32Array(bytes.buffer) }]),
  );
}
