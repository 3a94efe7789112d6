import { LecternError } from "@lectern/shared/errors";
import { sharedBytes, sharedLabels } from "./dataset.ts";
import type { Dataset } from "./dataset.ts";
import { expectDigest } from "./digests.ts";
import type { DigestTable } from "./digests.ts";
import { expectLabels } from "./labels.ts";
import { readDataFiles } from "./read-file.ts";
import type { DataFile } from "./read-file.ts";

const plane = 32 * 32;
const imageBytes = 3 * plane;

export interface CifarRecords {
  /** Before each image; the last one is the class. */
  readonly labelBytes: number;
  readonly classNames: readonly string[];
  /** What the files must be; null for other data in the same format. */
  readonly digests: DigestTable | null;
}

/**
 * Files of CIFAR's binary format, one behind the other: records of labels, then a red, a green and a blue plane.
 * @throws LecternError `not-found`, `invalid-data` (truncated, labels out of range), `integrity`
 */
export async function readCifarFiles(
  folder: string,
  names: readonly string[],
  { labelBytes, classNames, digests }: CifarRecords,
): Promise<Dataset> {
  const recordBytes = labelBytes + imageBytes;
  const files = await readDataFiles(folder, names);
  const counts = files.map((file) => countRecords(file, labelBytes));
  const count = counts.reduce((sum, n) => sum + n, 0);
  const values = sharedBytes(count * imageBytes);
  const labels = sharedLabels(count);
  let first = 0;
  files.forEach((file, i) => {
    const here = counts[i]!;
    const part = labels.subarray(first, first + here);
    for (let n = 0; n < here; n++) part[n] = file.bytes[n * recordBytes + labelBytes - 1]!;
    expectLabels(part, classNames.length, file.path);
    const digest = digests?.[names[i]!];
    if (digest) expectDigest(file.bytes, digest, file.path);
    interleave(file.bytes, values.subarray(first * imageBytes, (first + here) * imageBytes), labelBytes);
    first += here;
  });
  return { values, divisor: 255, labels, shape: [32, 32, 3], classNames, count };
}

function countRecords({ bytes, path }: DataFile, labelBytes: number): number {
  const recordBytes = labelBytes + imageBytes;
  if (bytes.length === 0 || bytes.length % recordBytes !== 0)
    throw new LecternError(
      "invalid-data",
      `${path} has ${bytes.length} bytes, expected a positive multiple of ${recordBytes} (${labelBytes === 1 ? "a label" : `${labelBytes} labels`} and 3 × 1,024 values): it is truncated or damaged.`,
      "Fetch the file again.",
    );
  return bytes.length / recordBytes;
}

/** The files hold a red, a green and a blue plane an image; TensorFlow.js wants the channels last. */
function interleave(records: Uint8Array, images: Uint8Array, labelBytes: number): void {
  for (let to = 0, n = 0; to < images.length; n++) {
    const red = n * (labelBytes + imageBytes) + labelBytes;
    for (let p = red; p < red + plane; p++) {
      images[to++] = records[p]!;
      images[to++] = records[p + plane]!;
      images[to++] = records[p + 2 * plane]!;
    }
  }
}
