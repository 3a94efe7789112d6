import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf } from "./digests.ts";
import type { DigestTable } from "./digests.ts";

/** An idx file of unsigned bytes. */
export function idxFile(sizes: readonly number[], values: readonly number[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  header.setUint32(0, 0x800 + sizes.length);
  sizes.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
  return Uint8Array.of(...new Uint8Array(header.buffer), ...values);
}

/** MNIST in small: 4 training images of 2 × 3 pixels, counting up from 0, labels 3 1 4 1; 1 test image. */
export const smallMnist: Readonly<Record<string, Uint8Array>> = {
  "train-images-idx3-ubyte": idxFile(
    [4, 2, 3],
    Array.from({ length: 24 }, (_, i) => i * 10),
  ),
  "train-labels-idx1-ubyte": idxFile([4], [3, 1, 4, 1]),
  "t10k-images-idx3-ubyte": idxFile([1, 2, 3], [255, 0, 51, 0, 0, 102]),
  "t10k-labels-idx1-ubyte": idxFile([1], [9]),
};

/** One CIFAR-10 record: pixel p is (p mod 251, (p + base) mod 251, 7). */
export function cifarRecord(label: number, base: number): Uint8Array {
  const record = new Uint8Array(3073);
  record[0] = label;
  for (let p = 0; p < 1024; p++) {
    record[1 + p] = p % 251;
    record[1025 + p] = (p + base) % 251;
    record[2049 + p] = 7;
  }
  return record;
}

/** CIFAR-10 in small: five batches of one image each, labels 0 … 4, and a test image of class 9. */
export const smallCifar10: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...[1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, cifarRecord(n - 1, n)] as const),
  ["test_batch.bin", cifarRecord(9, 100)] as const,
]);

/** CIFAR-100 in small: coarse labels 9 and 8, fine labels 99 and 0; a test image of class 42. */
export const smallCifar100: Readonly<Record<string, Uint8Array>> = {
  "train.bin": Uint8Array.of(9, ...cifarRecord(99, 1), 8, ...cifarRecord(0, 2)),
  "test.bin": Uint8Array.of(0, ...cifarRecord(42, 3)),
};

export function digestsOf(files: Readonly<Record<string, Uint8Array>>): DigestTable {
  return Object.fromEntries(
    Object.entries(files).map(
      ([name, bytes]) => [name, { algorithm: "sha256", hex: digestOf(bytes, "sha256") }] as const,
    ),
  );
}

export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  { zipped = false }: { readonly zipped?: boolean } = {},
): Promise<void> {
  for (const [name, bytes] of Object.entries(files))
    await writeFile(join(folder, zipped ? `${name}.gz` : name), zipped ? gzipSync(bytes) : bytes);
}
