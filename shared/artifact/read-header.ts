import { demand, type ErrorCode } from "../errors/index.ts";
import { conform, show } from "./conform.ts";
import { findRepeatedKey } from "./repeated-key.ts";

/** A tensor out of a file: its bytes are a copy that owns its buffer from offset 0. */
export interface RawTensor<Dtype extends string> {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface RawSafetensors<Dtype extends string> {
  readonly tensors: RawTensor<Dtype>[];
  /** As it stands in the file, unchecked. */
  readonly metadata: unknown;
}

interface Entry<Dtype> {
  dtype: Dtype;
  shape: number[];
  data_offsets: number[];
}

const good = (holds: unknown, problem: string): void =>
  demand(holds, "invalid-artifact", `${problem}, in the weights file`);

/**
 * Reads a safetensors file: 8 bytes with the header's length N (unsigned, little-endian), N bytes of JSON, then the
 * tensors' bytes, which the header's offsets must cover exactly once. The whole header is checked before anything is
 * allocated for a tensor. Every tensor is copied, so that it may start at any byte.
 *
 * Source: the format's specification, https://github.com/huggingface/safetensors#format.
 *
 * @param file or its beginning, with the whole header: then the tensors' bytes are as many as there are
 * @param bits of an element, for each dtype that is accepted
 * @param otherDtype the code of the error for any other
 * @param fileBytes the length of the whole file
 */
export function readTensors<Dtype extends string>(
  file: Uint8Array,
  bits: Readonly<Record<Dtype, number>>,
  otherDtype: ErrorCode,
  maxHeaderBytes = 1_000_000,
  fileBytes = file.length,
): RawSafetensors<Dtype> {
  const most = Math.min(file.length - 8, maxHeaderBytes);
  good(most >= 0, `It has ${file.length} bytes, expected at least 8`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  good(length <= most, `The header has ${length} bytes, expected at most ${most}`);
  const { __metadata__: metadata = {}, ...described } = parseHeader(file.subarray(8, 8 + length));
  const data = file.subarray(8 + length);
  const entries = Object.entries(described as Record<string, Entry<Dtype>>);
  for (const [name, entry] of entries)
    conform(entry, { dtype: "[^]*", shape: [0], data_offsets: [0] }, `Tensor ${show(name)}`);
  // Offsets must follow each other from 0 to the end of the file: no overlap, no hole, nothing left over.
  let covered = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of entries.toSorted(byOffsets)) {
    demand(
      Object.hasOwn(bits, dtype),
      otherDtype,
      `Tensor ${show(name)} has the dtype ${show(dtype)}, expected ${Object.keys(bits).join(", ")}`,
      "Convert the weights, and publish them again.",
    );
    // A product beyond 2^53, or infinite, isn't the size of any part of a file.
    const end = covered + shape.reduce((size, n) => size * n, bits[dtype]) / 8;
    good(
      offsets.length === 2 && offsets[0] === covered && offsets[1] === end,
      `Tensor ${show(name)} has data_offsets [${offsets}], expected [${covered},${end}]`,
    );
    covered = end;
  }
  covered += 8 + length;
  good(covered === fileBytes, `It has ${fileBytes} bytes, expected ${covered}`);
  const tensors = entries.map(([name, { dtype, shape, data_offsets: offsets }]) => ({
    name,
    dtype,
    shape,
    bytes: new Uint8Array(data.subarray(...offsets)),
  }));
  return { tensors, metadata };
}

/** By start, then by end: an empty tensor stands before the one that starts where it does. */
const byOffsets = (
  [, { data_offsets: a }]: [string, Entry<string>],
  [, { data_offsets: b }]: [string, Entry<string>],
): number => a[0]! - b[0]! || a[1]! - b[1]!;

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let json = "";
  let header: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(json);
  } catch {
    // Neither UTF-8 nor JSON: `header` stays undefined.
  }
  // The decoder would drop a byte order mark, and JSON may start with blanks; the format has neither.
  good(bytes[0] === 0x7b && header, "The header isn't a JSON object in UTF-8");
  const repeated = findRepeatedKey(json);
  good(repeated === undefined, `The key ${show(repeated)} is repeated or reserved`);
  return header as Record<string, unknown>;
}
