import { readCifarFiles } from "./cifar-files.ts";
import type { DatasetPair } from "./dataset.ts";
import { cifar10Digests } from "./digests.ts";
import type { DigestTable } from "./digests.ts";
import { hasDataFile } from "./read-file.ts";

export const cifar10TrainFiles = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
/** The official test set, or the exact first thousand of it. */
export const cifar10TestFiles = ["test_batch.bin", "test_first1000.bin"] as const;
const classNames = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
const records = { labelBytes: 1, classNames };

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
    train: await readCifarFiles(folder, cifar10TrainFiles, { ...records, digests }),
    test: await readCifarFiles(folder, [testFile], { ...records, digests }),
  };
}
