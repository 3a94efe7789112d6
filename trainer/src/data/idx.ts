import { LecternError } from "@lectern/shared/errors";
import type { DataFile } from "./read-file.ts";

/** An idx file of unsigned bytes: the format of MNIST and its relatives (Fashion-MNIST, KMNIST…). */
export interface IdxBytes {
  /** Number of items first. */
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Reads an idx file: two zero bytes, the type (8: unsigned byte), the number of axes, each axis' size as a 32-bit
 * big-endian integer, then the values.
 *
 * @throws LecternError `invalid-data` for another magic number, or more or fewer bytes than the sizes ask for.
 */
export function readIdx({ bytes, path }: DataFile, axes: number): IdxBytes {
  const header = 4 + 4 * axes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint32(0) : 0;
  const expectedMagic = 0x800 + axes;
  if (bytes.length < header) throw wrongLength(path, bytes.length, `a header of ${header}`);
  if (magic !== expectedMagic)
    throw new LecternError(
      "invalid-data",
      `${path} starts with the magic number 0x${hex(magic)}, expected 0x${hex(expectedMagic)} (idx, unsigned bytes, ${axes} ${axes === 1 ? "axis" : "axes"}).`,
      "Fetch the original file, and check that images and labels aren't swapped.",
    );
  const sizes = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = header + sizes.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected)
    throw wrongLength(path, bytes.length, `${expected} for its ${sizes.join(" × ")} values`);
  return { sizes, bytes: bytes.subarray(header) };
}

const hex = (value: number) => value.toString(16).padStart(8, "0");

function wrongLength(path: string, found: number, expected: string): LecternError {
  return new LecternError(
    "invalid-data",
    `${path} has ${found} bytes, expected ${expected}: it is truncated or damaged.`,
    "Fetch the file again.",
  );
}
