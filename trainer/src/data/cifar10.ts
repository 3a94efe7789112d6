import { LecternError } from "@lectern/shared/errors";
import { sharedBytes, sharedLabels } from "./dataset.ts";
import type { Dataset, DatasetPair } from "./dataset.ts";
import { cifar10Digests, expectDigest } from "./digests.ts";
import type { DigestTable } from "./digests.ts";
import { expectLabels } from "./labels.ts";
import { hasDataFile, readDataFiles } from "./read-file.ts";
import type { DataFile } from "./read-file.ts";

export const cifar10TrainFiles = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
/** The official test set, or the exact first thousand of it. */
export const cifar10TestFiles = ["test_batch.bin", "test_first1000.bin"] as const;
const classNames = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
const plane = 32 * 32;
const imageBytes = 3 * plane;
const recordBytes = 1 + imageBytes;

/**
 * CIFAR-10 (Krizhevsky 2009) from the official binary batches, gzipped or not.
 *
 * @param options.digests what the files must be; null for other data in the same format.
 * @returns train 50,000 images of shape [32, 32, 3]; test 10,000, or 1,000 where only `test_first1000.bin` is there.
 * @throws LecternError `not-found`, `invalid-data` (truncated, labels out of range), `integrity`.
 * @example
 * ```ts
 * const { train } = await readCifar10("data/cifar-10");
 * ```
 */
export async function readCifar10(
  folder: string,
  { digests = cifar10Digests }: { readonly digests?: DigestTable | null } = {},
): Promise<DatasetPair> {
  const testFile = (await hasDataFile(folder, cifar10TestFiles[0]))
    ? cifar10TestFiles[0]
    : cifar10TestFiles[1];
  return {
    train: await readBatches(folder, cifar10TrainFiles, digests),
    test: await readBatches(folder, [testFile], digests),
  };
}

async function readBatches(
  folder: string,
  names: readonly string[],
  digests: DigestTable | null,
): Promise<Dataset> {
  const files = await readDataFiles(folder, names);
  const counts = files.map(countRecords);
  const count = counts.reduce((sum, n) => sum + n, 0);
  const values = sharedBytes(count * imageBytes);
  const labels = sharedLabels(count);
  let first = 0;
  files.forEach((file, i) => {
    const here = counts[i]!;
    const part = labels.subarray(first, first + here);
    for (let n = 0; n < here; n++) part[n] = file.bytes[n * recordBytes]!;
    expectLabels(part, classNames.length, file.path);
    const digest = digests?.[names[i]!];
    if (digest) expectDigest(file.bytes, digest, file.path);
    interleave(file.bytes, values.subarray(first * imageBytes, (first + here) * imageBytes), here);
    first += here;
  });
  return { values, divisor: 255, labels, shape: [32, 32, 3], classNames, count };
}

function countRecords({ bytes, path }: DataFile): number {
  if (bytes.length === 0 || bytes.length % recordBytes !== 0)
    throw new LecternError(
      "invalid-data",
      `${path} has ${bytes.length} bytes, expected a positive multiple of ${recordBytes} (a label and 3 × 1,024 values): it is truncated or damaged.`,
      "Fetch the file again.",
    );
  return bytes.length / recordBytes;
}

/** The files hold a red, a green and a blue plane an image; TensorFlow.js wants the channels last. */
function interleave(records: Uint8Array, images: Uint8Array, count: number): void {
  for (let n = 0; n < count; n++) {
    const red = n * recordBytes + 1;
    let to = n * imageBytes;
    for (let p = red; p < red + plane; p++) {
      images[to++] = records[p]!;
      images[to++] = records[p + plane]!;
      images[to++] = records[p + 2 * plane]!;
    }
  }
}
