import type { DatasetPair } from "./dataset.ts";
import { expectDigest, mnistDigests } from "./digests.ts";
import { LecternError } from "@lectern/shared/errors";
import { readMnist } from "./mnist.ts";
import { readDataFile } from "./read-file.ts";

const classNames = [
  "T-shirt/top",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
];

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) from its four idx files, gzipped or not: MNIST's names and format.
 *
 * @returns train 60,000 and test 10,000 images of shape [28, 28, 1].
 * @throws LecternError `not-found`, `invalid-data` (truncated, magic number, labels out of range, MNIST in its place).
 * @example
 * ```ts
 * const { train, test } = await readFashionMnist("data/fashion-mnist");
 * ```
 */
export async function readFashionMnist(folder: string): Promise<DatasetPair> {
  await refuseMnist(folder);
  return readMnist(folder, { digests: null, classNames });
}

/** The files have MNIST's names: a wrong folder would teach digits, and nothing else would tell. */
async function refuseMnist(folder: string): Promise<void> {
  const name = "t10k-labels-idx1-ubyte";
  const { bytes, path } = await readDataFile(folder, name);
  let isMnist = true;
  try {
    expectDigest(bytes, mnistDigests[name]!, path);
  } catch {
    isMnist = false;
  }
  if (isMnist)
    throw new LecternError(
      "invalid-data",
      `${folder} holds MNIST, not Fashion-MNIST.`,
      "Put Fashion-MNIST's files in a folder fashion-mnist of their own.",
    );
}
