import { LecternError } from "../errors/index.ts";

/** Weights of a teacher by name: row-major float32. */
export type WeightTensors = Record<string, { shape: number[]; data: Float32Array }>;

/**
 * Writes a safetensors file of float32 tensors. The same tensors and metadata give the same bytes, whatever the order
 * of their keys: names are sorted by UTF-16 code unit, `__metadata__` comes first, and the header is padded with spaces
 * so that the data starts at a multiple of 8.
 *
 * Source: the format's specification, https://github.com/huggingface/safetensors#format.
 *
 * @param tensors by name; `data` holds as many values as `shape` says
 * @param metadata strings for the file's `__metadata__`, left out when empty
 * @throws LecternError `invalid-argument` for a shape that doesn't match its data, or a name that JSON can't carry
 * @example
 * ```ts
 * const bytes = serializeSafetensors({ W: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) } });
 * ```
 */
export function serializeSafetensors(
  tensors: WeightTensors,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const entries = sortByKey(tensors);
  const fields: string[] = [];
  const strings = sortByKey(metadata);
  if (strings.length > 0) {
    for (const [name, value] of strings) checkText("metadata", name, value);
    fields.push(`"__metadata__":{${strings.map(([key, value]) => `${json(key)}:${json(value)}`).join()}}`);
  }
  let end = 0;
  for (const [name, { shape, data }] of entries) {
    checkText("tensor", name);
    if (name === "__metadata__") throw misuse(`A tensor is called __metadata__, which the format reserves.`);
    if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
      throw misuse(`Tensor ${json(name)} has shape [${shape.join(", ")}], expected whole numbers from 0.`);
    }
    const length = shape.reduce((product, size) => product * size, 1);
    if (length !== data.length) {
      throw misuse(
        `Tensor ${json(name)} of shape [${shape.join(", ")}] has ${data.length} values, expected ${length}.`,
      );
    }
    const start = end;
    end += data.length * 4;
    fields.push(`${json(name)}:{"dtype":"F32","shape":[${shape.join()}],"data_offsets":[${start},${end}]}`);
  }

  const text = new TextEncoder().encode(`{${fields.join()}}`);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let offset = 8 + headerLength;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

function sortByKey<Value>(record: Record<string, Value>): [string, Value][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** A lone surrogate would leave as U+FFFD, and other readers refuse its escape. */
function checkText(what: string, ...texts: string[]): void {
  for (const text of texts) {
    if (text === "__proto__" || !text.isWellFormed()) {
      throw misuse(`A ${what} is called ${json(text)}, which a safetensors header can't carry.`);
    }
  }
}

function json(text: string): string {
  return JSON.stringify(text);
}

function misuse(problem: string): LecternError {
  return new LecternError(
    "invalid-argument",
    problem,
    "Pass tensors of { shape, data } under ordinary names.",
  );
}
