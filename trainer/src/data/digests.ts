import { createHash } from "node:crypto";
import { LecternError } from "@lectern/shared/errors";

/**
 * A file's digest, of the uncompressed bytes where there is a choice: gzip has many outputs for one input. md5 is what
 * some sources publish: it finds damage, not malice.
 */
export interface Digest {
  readonly algorithm: "sha256" | "sha1" | "md5";
  readonly hex: string;
}
/** By file name without `.gz`. */
export type DigestTable = Readonly<Record<string, Digest>>;

const sha256 = (hex: string): Digest => ({ algorithm: "sha256", hex });

/** The four original files (md5 equal to the published ones). */
export const mnistDigests: DigestTable = {
  "train-images-idx3-ubyte": sha256("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
  "train-labels-idx1-ubyte": sha256("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
  "t10k-images-idx3-ubyte": sha256("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
  "t10k-labels-idx1-ubyte": sha256("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
};

/** The official binary version. Of `test_batch.bin` only the sha1 is known to us (from MXNet's loader). */
export const cifar10Digests: DigestTable = {
  "data_batch_1.bin": sha256("cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
  "data_batch_2.bin": sha256("a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
  "data_batch_3.bin": sha256("bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
  "data_batch_4.bin": sha256("014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
  "data_batch_5.bin": sha256("755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
  "test_batch.bin": { algorithm: "sha1", hex: "67eb016db431130d61cd03c7ad570b013799c88c" },
  "test_first1000.bin": sha256("8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5"),
};

const md5 = (hex: string): Digest => ({ algorithm: "md5", hex });

/** Of the gzipped files, as the publisher lists them (github.com/zalandoresearch/fashion-mnist). */
export const fashionMnistArchives: DigestTable = {
  "train-images-idx3-ubyte.gz": md5("8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
  "train-labels-idx1-ubyte.gz": md5("25c81989df183df01b3e8a0aad5dffbe"),
  "t10k-images-idx3-ubyte.gz": md5("bef4ecab320f06d8554ea6380940ec79"),
  "t10k-labels-idx1-ubyte.gz": md5("bb300cfdad3c16e7a12a480ee83cd310"),
};

/** The official binary version's archive, as its page lists it, and the two files in it. */
export const cifar100Archive: Digest = md5("03b5dce01913d631647c71ecec9e9cb8");
export const cifar100Digests: DigestTable = {
  "train.bin": md5("6172c7755cfe09b2fe270c85cebc1b15"),
  "test.bin": md5("4499cfba6c016c1be1438163640a0898"),
};

export function digestOf(bytes: Uint8Array, algorithm: Digest["algorithm"]): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/** @throws LecternError `integrity` when the bytes have another digest. */
export function expectDigest(bytes: Uint8Array, expected: Digest, path: string): void {
  const found = digestOf(bytes, expected.algorithm);
  if (found !== expected.hex)
    throw new LecternError(
      "integrity",
      `${path} has the wrong checksum: ${expected.algorithm} ${found}, expected ${expected.hex}.`,
      "Fetch the file again; it was damaged or is not the original.",
    );
}
