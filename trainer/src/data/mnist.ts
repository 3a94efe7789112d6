import { LecternError } from "@lectern/shared/errors";
import { sharedBytes, sharedLabels } from "./dataset.ts";
import type { Dataset, DatasetPair } from "./dataset.ts";
import { expectDigest, mnistDigests } from "./digests.ts";
import type { DigestTable } from "./digests.ts";
import { readIdx } from "./idx.ts";
import { expectLabels } from "./labels.ts";
import { readDataFiles } from "./read-file.ts";
import type { DataFile } from "./read-file.ts";

export const mnistFiles = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;
const digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

export interface IdxDataOptions {
  /** What the files must be; null for other data in the same format. */
  readonly digests?: DigestTable | null;
  readonly classNames?: readonly string[];
}

/**
 * MNIST (LeCun, Bottou, Bengio, Haffner 1998) from its four idx files, gzipped or not.
 *
 * @returns train 60,000 and test 10,000 images of shape [28, 28, 1].
 * @throws LecternError `not-found`, `invalid-data` (truncated, magic number, labels out of range), `integrity`.
 * @example
 * ```ts
 * const { train, test } = await readMnist("data/mnist");
 * ```
 */
export async function readMnist(
  folder: string,
  { digests = mnistDigests, classNames = digits }: IdxDataOptions = {},
): Promise<DatasetPair> {
  const files = await readDataFiles(folder, mnistFiles);
  return {
    train: readPart(files[0]!, files[1]!, digests, classNames),
    test: readPart(files[2]!, files[3]!, digests, classNames),
  };
}

function readPart(
  imageFile: DataFile,
  labelFile: DataFile,
  digests: DigestTable | null,
  classNames: readonly string[],
): Dataset {
  const images = readIdx(imageFile, 3);
  const names = readIdx(labelFile, 1);
  const [count = 0, height = 0, width = 0] = images.sizes;
  if (names.sizes[0] !== count)
    throw new LecternError(
      "invalid-data",
      `${imageFile.path} has ${count} images and ${labelFile.path} has ${names.sizes[0]} labels, expected as many.`,
      "Take both files from the same data set.",
    );
  expectLabels(names.bytes, classNames.length, labelFile.path);
  for (const { bytes, name, path } of [imageFile, labelFile]) {
    const digest = digests?.[name];
    if (digest) expectDigest(bytes, digest, path);
  }
  const values = sharedBytes(images.bytes.length);
  values.set(images.bytes);
  const labels = sharedLabels(count);
  labels.set(names.bytes);
  return { values, divisor: 255, labels, shape: [height, width, 1], classNames, count };
}
