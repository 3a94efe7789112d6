import type { ErrorCode } from "../errors/index.ts";
import { LecternError } from "../errors/index.ts";
import { broken } from "./broken.ts";
import { asObject, check, record, show, text, whole } from "./checks.ts";
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
  readonly metadata: Record<string, string>;
}

const entryShape = { dtype: text(), shape: [whole(0)], data_offsets: [whole(0)] } as const;
type Entry = { dtype: string; shape: number[]; data_offsets: number[] };

function demand(holds: unknown, problem: string): asserts holds {
  if (!holds) throw broken(`${problem}, in the weights file.`);
}

/**
 * Reads a safetensors file: 8 bytes with the header's length N (unsigned, little-endian), N bytes of JSON, then the
 * tensors' bytes, which the header's offsets must cover exactly once. The whole header is checked before anything is
 * allocated for a tensor. Every tensor is copied, so that it may start at any byte.
 *
 * Source: the format's specification, https://github.com/huggingface/safetensors#format.
 *
 * @param bits of an element, for each dtype that is accepted
 * @param otherDtype the code of the error for any other
 */
export function readTensors<Dtype extends string>(
  file: Uint8Array,
  bits: Readonly<Record<Dtype, number>>,
  otherDtype: ErrorCode,
  maxHeaderBytes = 1_000_000,
): RawSafetensors<Dtype> {
  const { metadata, described, data } = openHeader(file, maxHeaderBytes);
  const entries = Object.entries(described).map(([name, value]) => {
    const path = `Tensor ${show(name)}`;
    const { dtype, shape, data_offsets: offsets } = check(entryShape, value, path) as Entry;
    if (!isDtype(dtype, bits))
      throw new LecternError(
        otherDtype,
        `${path} has the dtype ${show(dtype)}, expected ${Object.keys(bits).join(", ")}.`,
        "Convert the weights, and publish them again.",
      );
    const [start, end] = offsets as [number, number];
    demand(offsets.length === 2 && start <= end, `${path} has wrong data_offsets`);
    const expected = shape.reduce((size, n) => {
      demand(Number.isSafeInteger(size * n), `${path} is too large`);
      return size * n;
    }, bits[dtype]);
    demand(expected === (end - start) * 8, `${path} has ${end - start} bytes, expected ${expected / 8}`);
    return { name, dtype, shape, start, end };
  });
  checkCoverage(entries, data.length);
  const tensors = entries.map(({ name, dtype, shape, start, end }) => ({
    name,
    dtype,
    shape,
    bytes: new Uint8Array(data.subarray(start, end)),
  }));
  return { tensors, metadata };
}

function isDtype<Dtype extends string>(dtype: string, bits: Readonly<Record<Dtype, number>>): dtype is Dtype {
  return Object.hasOwn(bits, dtype);
}

function openHeader(file: Uint8Array, maxHeaderBytes: number) {
  const most = Math.min(file.length - 8, maxHeaderBytes);
  demand(most >= 0, `It has ${file.length} bytes, expected at least 8`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  demand(length <= most, `The header has ${length} bytes, expected at most ${most}`);
  const bytes = file.subarray(8, 8 + length);
  demand(bytes[0] === 0x7b, "The header doesn't start with {");
  let json: string;
  let header: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(json);
  } catch {
    demand(false, "The header isn't JSON in UTF-8");
  }
  const repeated = findRepeatedKey(json);
  demand(repeated === undefined, `The key ${show(repeated)} is repeated or reserved`);
  const { __metadata__: metadata = {}, ...described } = asObject(header, "");
  return {
    metadata: record(text())(metadata, "Metadata") as Record<string, string>,
    described,
    data: file.subarray(8 + length),
  };
}

/** Offsets must follow each other from 0 to the end of the file: no overlap, no hole, nothing left over. */
function checkCoverage(entries: { name: string; start: number; end: number }[], dataBytes: number): void {
  let covered = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    demand(start === covered, `Tensor ${show(name)} starts at ${start}, expected ${covered}`);
    covered = end;
  }
  demand(covered === dataBytes, `The tensors have ${covered} bytes, expected ${dataBytes}`);
}
