import { conform } from "./conform.ts";
import { bitsPerElement, type StoredTensor, typeBytes } from "./dtypes.ts";
import { readTensors } from "./read-header.ts";

export interface Safetensors {
  tensors: Record<string, StoredTensor>;
  /** The file's `__metadata__`; empty where it has none. */
  metadata: Record<string, string>;
}

/**
 * Reads a safetensors file with tensors of any dtype; {@link readTensors} says what is checked.
 *
 * @param bytes the whole file
 * @throws LecternError `invalid-artifact` for whatever breaks the format
 * @example
 * ```ts
 * const bytes = serializeSafetensors({ b: { shape: [2], data: Float32Array.of(1, 2) } });
 * parseSafetensors(bytes).tensors.b; // { dtype: "F32", shape: [2], data: Float32Array [1, 2] }
 * ```
 */
export function parseSafetensors(
  bytes: Uint8Array,
  { maxHeaderBytes }: { maxHeaderBytes?: number } = {},
): Safetensors {
  const { tensors, metadata } = readTensors(bytes, bitsPerElement, "invalid-artifact", maxHeaderBytes);
  conform(metadata, {}, "Metadata");
  for (const [name, value] of Object.entries(metadata as object)) conform(value, "[^]*", `Metadata.${name}`);
  return {
    tensors: Object.fromEntries(
      tensors.map(({ name, dtype, shape, bytes }) => [name, typeBytes(dtype, shape, bytes)]),
    ),
    metadata: metadata as Record<string, string>,
  };
}
