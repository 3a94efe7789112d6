/**
 * Element types of the safetensors format (version 0.8 of its specification), with their size in bits. Types that
 * JavaScript has no array for (half floats, 8-bit and smaller floats, complex numbers) are handed out as raw bytes.
 */
export const bitsPerElement = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof bitsPerElement;

/** A tensor out of a file, row-major. What isn't listed with a typed array comes as its little-endian bytes. */
export type StoredTensor =
  | { dtype: "F32"; shape: number[]; data: Float32Array }
  | { dtype: "F64"; shape: number[]; data: Float64Array }
  | { dtype: "I32"; shape: number[]; data: Int32Array }
  | { dtype: Exclude<Dtype, "F32" | "F64" | "I32">; shape: number[]; data: Uint8Array };

/**
 * Gives a tensor's bytes their type. `bytes` must own its buffer from offset 0, which also cures misalignment.
 * The format is little-endian, and so is every machine that TensorFlow.js runs on; its own weights files assume it too.
 */
export function typeBytes(dtype: Dtype, shape: number[], bytes: Uint8Array<ArrayBuffer>): StoredTensor {
  switch (dtype) {
    case "F32":
      return { dtype, shape, data: new Float32Array(bytes.buffer) };
    case "F64":
      return { dtype, shape, data: new Float64Array(bytes.buffer) };
    case "I32":
      return { dtype, shape, data: new Int32Array(bytes.buffer) };
    default:
      return { dtype, shape, data: bytes };
  }
}
