import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  gatherInputs,
  gatherLabels,
  readCifar10,
  readCifar100,
  readFashionMnist,
  readMnist,
} from "./index.ts";
import {
  cifarRecord,
  digestsOf,
  idxFile,
  smallCifar10,
  smallCifar100,
  smallMnist,
  writeFiles,
} from "./small-files.fixture.ts";
import { temporaryFolder } from "./temporary-folder.fixture.ts";

describe("readMnist", () => {
  test("reads idx files, gzipped or not, and checks them", async () => {
    for (const zipped of [false, true]) {
      const folder = await temporaryFolder();
      await writeFiles(folder, smallMnist, { zipped });
      const { train, test } = await readMnist(folder, { digests: digestsOf(smallMnist) });
      expect(train).toMatchObject({ count: 4, shape: [2, 3, 1], divisor: 255 });
      expect([...train.labels]).toEqual([3, 1, 4, 1]);
      const wanted = Int32Array.of(2, 0);
      expect([...gatherLabels(train, wanted)]).toEqual([4, 3]);
      expect(gatherInputs(train, wanted)).toEqual(
        Float32Array.from([120, 130, 140, 150, 160, 170, 0, 10, 20, 30, 40, 50], (byte) => byte / 255),
      );
      expect([...test.labels]).toEqual([9]);
      expect([...gatherInputs(test, Int32Array.of(0))]).toEqual([
        1,
        0,
        Math.fround(0.2),
        0,
        0,
        Math.fround(0.4),
      ]);
      expect(train.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test("each damage has its own message", async () => {
    const [images, labels] = [smallMnist["train-images-idx3-ubyte"]!, smallMnist["train-labels-idx1-ubyte"]!];
    const swapped = images.slice();
    swapped[images.length - 1]! ^= 1;
    const cases: [file: string, bytes: Uint8Array, code: string, message: RegExp][] = [
      [
        "train-images-idx3-ubyte",
        images.subarray(0, 30),
        "invalid-data",
        /has 30 bytes, expected 40 for its 4 × 2 × 3/,
      ],
      [
        "train-images-idx3-ubyte",
        images.subarray(0, 3),
        "invalid-data",
        /has 3 bytes, expected a header of 16/,
      ],
      ["train-images-idx3-ubyte", labels, "invalid-data", /has 12 bytes, expected a header of 16/],
      ["train-labels-idx1-ubyte", images, "invalid-data", /magic number 0x00000803, expected 0x00000801/],
      [
        "train-labels-idx1-ubyte",
        idxFile([4], [3, 1, 10, 1]),
        "invalid-data",
        /label 10 at index 2, expected an integer from 0 to 9/,
      ],
      [
        "train-labels-idx1-ubyte",
        idxFile([3], [3, 1, 4]),
        "invalid-data",
        /has 4 images and .* has 3 labels/,
      ],
      [
        "train-images-idx3-ubyte",
        swapped,
        "integrity",
        /wrong checksum: sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
      ],
    ];
    for (const [file, bytes, code, message] of cases) {
      const folder = await temporaryFolder();
      await writeFiles(folder, { ...smallMnist, [file]: bytes });
      const reading = readMnist(folder, { digests: digestsOf(smallMnist) });
      await expect(reading).rejects.toMatchObject({ name: "LecternError", code });
      await expect(reading).rejects.toThrow(message);
    }
  });

  test("a truncated gzip file, a missing file and a missing folder are named", async () => {
    const folder = await temporaryFolder();
    await expect(readMnist(join(folder, "nowhere"))).rejects.toThrow(/data folder .*nowhere doesn't exist/);
    await expect(readMnist(folder)).rejects.toThrow(/has no train-images-idx3-ubyte \(nor .*gz\)/);
    await writeFiles(folder, smallMnist, { zipped: true });
    const zipped = gzipSync(smallMnist["t10k-labels-idx1-ubyte"]!);
    await writeFile(join(folder, "t10k-labels-idx1-ubyte.gz"), zipped.subarray(0, zipped.length - 6));
    await expect(readMnist(folder)).rejects.toThrow(/t10k-labels-idx1-ubyte\.gz is truncated or damaged/);
  });

  test("files in the format that aren't MNIST fail its checksums, unless other data is asked for", async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, smallMnist);
    await expect(readMnist(folder)).rejects.toMatchObject({ code: "integrity" });
    expect((await readMnist(folder, { digests: null })).train.count).toBe(4);
  });
});

describe("readCifar10", () => {
  test("reads binary batches in order, channels last", async () => {
    for (const zipped of [false, true]) {
      const folder = await temporaryFolder();
      await writeFiles(folder, smallCifar10, { zipped });
      const { train, test } = await readCifar10(folder, { digests: digestsOf(smallCifar10) });
      expect(train).toMatchObject({ count: 5, shape: [32, 32, 3] });
      expect([...train.labels]).toEqual([0, 1, 2, 3, 4]);
      // Image 2 (base 3), pixel 500: red 500 mod 251, green 503 mod 251, blue 7.
      const at = 2 * 3072 + 3 * 500;
      expect([...train.values.subarray(at, at + 3)]).toEqual([249, 1, 7]);
      expect(gatherInputs(train, Int32Array.of(2))[3 * 500]).toBe(Math.fround(249 / 255));
      expect([...test.labels]).toEqual([9]);
      expect(test.classNames[9]).toBe("truck");
    }
  });

  test("falls back on the exact first thousand of the test set", async () => {
    const folder = await temporaryFolder();
    const { "test_batch.bin": _, ...rest } = smallCifar10;
    await writeFiles(folder, { ...rest, "test_first1000.bin": cifarRecord(5, 0) });
    expect([...(await readCifar10(folder, { digests: null })).test.labels]).toEqual([5]);
  });

  test("each damage has its own message", async () => {
    const good = smallCifar10["data_batch_3.bin"]!;
    const flipped = good.slice();
    flipped[99]! ^= 4;
    const cases: [bytes: Uint8Array, code: string, message: RegExp][] = [
      [
        good.subarray(0, 3000),
        "invalid-data",
        /data_batch_3\.bin has 3000 bytes, expected a positive multiple of 3073/,
      ],
      [new Uint8Array(0), "invalid-data", /has 0 bytes/],
      [cifarRecord(10, 1), "invalid-data", /data_batch_3\.bin: label 10 at index 0/],
      [flipped, "integrity", /data_batch_3\.bin has the wrong checksum/],
    ];
    for (const [bytes, code, message] of cases) {
      const folder = await temporaryFolder();
      await writeFiles(folder, { ...smallCifar10, "data_batch_3.bin": bytes });
      const reading = readCifar10(folder, { digests: digestsOf(smallCifar10) });
      await expect(reading).rejects.toMatchObject({ name: "LecternError", code });
      await expect(reading).rejects.toThrow(message);
    }
  });
});

describe("readCifar100", () => {
  test("takes the fine labels, and the planes as CIFAR-10's", async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, smallCifar100, { zipped: true });
    const { train, test } = await readCifar100(folder, { digests: digestsOf(smallCifar100) });
    expect([...train.labels, ...test.labels]).toEqual([99, 0, 42]);
    expect([train.classNames[99], train.classNames[0], train.classNames.length]).toEqual([
      "worm",
      "apple",
      100,
    ]);
    expect(new Set(train.classNames).size).toBe(100);
    // The second image's first two pixels: (0, 2, 7) and (1, 3, 7).
    const pixels = gatherInputs(train, Int32Array.of(1)).subarray(0, 6);
    expect([...pixels].map((v) => Math.round(255 * v))).toEqual([0, 2, 7, 1, 3, 7]);
  });

  test("each damage has its own message", async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...smallCifar100, "train.bin": smallCifar100["train.bin"]!.subarray(1) });
    await expect(readCifar100(folder, { digests: null })).rejects.toThrow(
      "train.bin has 6147 bytes, expected a positive multiple of 3074 (2 labels and 3 × 1,024 values)",
    );
    await writeFiles(folder, { "train.bin": Uint8Array.of(0, ...cifarRecord(100, 1)) });
    await expect(readCifar100(folder, { digests: null })).rejects.toThrow(
      "train.bin: label 100 at index 0, expected an integer from 0 to 99.",
    );
    await writeFiles(folder, smallCifar100);
    await expect(readCifar100(folder)).rejects.toMatchObject({ code: "integrity" });
  });
});

test("Fashion-MNIST has MNIST's format and names of its own; MNIST in its place is refused", async () => {
  const folder = await temporaryFolder();
  await writeFiles(folder, smallMnist, { zipped: true });
  const { train } = await readFashionMnist(folder);
  expect([...train.labels].map((label) => train.classNames[label])).toEqual([
    "dress",
    "trouser",
    "coat",
    "trouser",
  ]);
});
