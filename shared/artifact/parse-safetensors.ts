import { LecternError } from "../errors/index.ts";
import { bitsPerElement, type Dtype, isDtype, type StoredTensor, typeBytes } from "./dtypes.ts";
import { findRepeatedKey } from "./repeated-key.ts";

export interface Safetensors {
  tensors: Record<string, StoredTensor>;
  /** The file's `__metadata__`; empty where it has none. */
  metadata: Record<string, string>;
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  start: number;
  end: number;
}

/**
 * Reads a safetensors file: 8 bytes with the header's length N (unsigned, little-endian), N bytes of JSON, then the
 * tensors' bytes, which the header's offsets must cover exactly once. The whole header is checked before anything is
 * allocated for a tensor. Every tensor is copied, so that it may start at any byte.
 *
 * Source: the format's specification, https://github.com/huggingface/safetensors#format.
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
  { maxHeaderBytes = 1_000_000 }: { maxHeaderBytes?: number } = {},
): Safetensors {
  const dataStart = 8 + readHeaderLength(bytes, maxHeaderBytes);
  const header = parseHeader(bytes.subarray(8, dataStart));
  const metadata = readMetadata(header);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value));
  checkCoverage(entries, bytes.length - dataStart);
  const tensors = Object.fromEntries(
    entries.map(({ name, dtype, shape, start, end }) => [
      name,
      typeBytes(dtype, shape, new Uint8Array(bytes.subarray(dataStart + start, dataStart + end))),
    ]),
  );
  return { tensors, metadata };
}

function readHeaderLength(bytes: Uint8Array, maxHeaderBytes: number): number {
  if (bytes.length < 8)
    throw broken(`it has ${bytes.length} bytes, expected at least the 8 of the header's length.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw broken(`its header claims ${length} bytes, expected at most ${maxHeaderBytes}.`);
  }
  if (length > bytes.length - 8) {
    throw broken(`its header claims ${length} bytes, but only ${bytes.length - 8} follow.`);
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw broken("its header doesn't start with {.");
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw broken("its header isn't JSON in UTF-8.", cause);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined)
    throw broken(`the key ${quote(repeated)} is repeated or reserved in its header.`);
  return header as Record<string, unknown>;
}

function readMetadata(header: Record<string, unknown>): Record<string, string> {
  if (!Object.hasOwn(header, "__metadata__")) return {};
  const metadata = header["__metadata__"];
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw broken("its __metadata__ isn't an object of strings.");
  }
  return metadata as Record<string, string>;
}

function readEntry(name: string, value: unknown): Entry {
  const tensor = `its tensor ${quote(name)}`;
  if (!isRecord(value)) throw broken(`${tensor} isn't described by an object.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) throw broken(`${tensor} has the unknown dtype ${quote(dtype)}.`);
  if (!isNaturals(shape))
    throw broken(`the shape of ${tensor} isn't a list of whole numbers from 0 to 2^53.`);
  const [start, end, ...rest] = isNaturals(offsets) ? offsets : [];
  if (start === undefined || end === undefined || rest.length > 0 || end < start) {
    throw broken(`the data_offsets of ${tensor} aren't [start, end] with start ≤ end.`);
  }
  let bits: number = bitsPerElement[dtype];
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) throw broken(`the shape of ${tensor} is too large for any file.`);
  }
  if (bits !== (end - start) * 8) {
    throw broken(`${tensor} has ${end - start} bytes, expected ${bits / 8} by its dtype and shape.`);
  }
  return { name, dtype, shape, start, end };
}

/** Offsets must follow each other from 0 to the end of the file: no overlap, no hole, nothing left over. */
function checkCoverage(entries: Entry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) {
      const fault = start < covered ? "overlaps the one before it" : "leaves a hole before it";
      throw broken(`its tensor ${quote(name)} starts at byte ${start} and ${fault}, expected ${covered}.`);
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw broken(`its tensors take ${covered} bytes, but ${dataBytes} follow the header.`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Names come from a stranger's file: escaped, and never a screenful. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function broken(problem: string, cause?: unknown): LecternError {
  return new LecternError(
    "invalid-artifact",
    `The weights file breaks the safetensors format: ${problem}`,
    "Fetch or export it again; it is truncated, altered, or not a safetensors file.",
    { cause },
  );
}
