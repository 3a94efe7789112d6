import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { LecternError } from "@lectern/shared/errors";
import {
  cifar100Archive,
  cifar100Digests,
  cifar10Digests,
  expectDigest,
  fashionMnistArchives,
  mnistDigests,
} from "./digests.ts";
import type { Digest, DigestTable } from "./digests.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import type { Progress } from "./fetch-bytes.ts";
import { cacheFolder, downloadFolder } from "./folder.ts";
import type { DownloadableName } from "./folder.ts";
import { mnistFiles } from "./mnist.ts";
import { hasDataFile } from "./read-file.ts";
import { readTar } from "./tar.ts";

const unzip = promisify(gunzip);

/** Where the files are by default, and what they must be. */
export interface DownloadSource {
  /** The files' address ends in this folder. */
  readonly baseUrl: string;
  /** Of the uncompressed files. */
  readonly digests: DigestTable;
  /** The archive that all files are in, and its digest as it travels; files of their own travel gzipped. */
  readonly archive?: string;
  readonly archiveDigest?: Digest;
  /** Of gzipped files as they travel, by their name with .gz. */
  readonly zippedDigests?: DigestTable;
}

export const downloadSources: Readonly<Record<DownloadableName, DownloadSource>> = {
  mnist: { baseUrl: "https://storage.googleapis.com/cvdf-datasets/mnist", digests: mnistDigests },
  "fashion-mnist": {
    baseUrl: "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    digests: {},
    zippedDigests: fashionMnistArchives,
  },
  cifar100: {
    baseUrl: "https://www.cs.toronto.edu/~kriz",
    digests: cifar100Digests,
    archive: "cifar-100-binary.tar.gz",
    archiveDigest: cifar100Archive,
  },
  cifar10: {
    baseUrl: "https://www.cs.toronto.edu/~kriz",
    digests: cifar10Digests,
    archive: "cifar-10-binary.tar.gz",
    archiveDigest: {
      algorithm: "sha256",
      hex: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    },
  },
};

export interface DownloadOptions {
  /** Defaults to {@link cacheFolder}. */
  readonly root?: string;
  readonly source?: DownloadSource;
  /** Called as bytes arrive. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Gives up when nothing has arrived for this long. */
  readonly idleTimeoutMs?: number;
}

/**
 * Fetches a data set into its subfolder of root; files that are there stay. A file appears under its name
 * only when it is whole and its checksum is right.
 *
 * @returns the folder.
 * @throws LecternError `unreachable`, `timeout`, `bad-response`, `integrity`, `aborted`, `io`.
 */
export async function downloadData(name: DownloadableName, options: DownloadOptions = {}): Promise<string> {
  const { root = cacheFolder(), source = downloadSources[name] } = options;
  const folder = join(root, downloadFolder(name));
  await orIoError(folder, () => mkdir(folder, { recursive: true }));
  await (name === "mnist" || name === "fashion-mnist"
    ? downloadIdx(folder, source, options)
    : downloadArchive(folder, source, options));
  return folder;
}

async function downloadIdx(folder: string, source: DownloadSource, options: DownloadOptions): Promise<void> {
  for (const name of mnistFiles) {
    if (await hasDataFile(folder, name)) continue;
    const url = `${source.baseUrl}/${name}.gz`;
    const zipped = await fetchBytes(url, options);
    check(zipped, source.zippedDigests?.[`${name}.gz`], url);
    check(await uncompress(zipped, url), source.digests[name], url);
    await writeWhole(join(folder, `${name}.gz`), zipped);
  }
}

async function downloadArchive(
  folder: string,
  source: DownloadSource,
  options: DownloadOptions,
): Promise<void> {
  const wanted = Object.keys(source.digests).filter((name) => name !== "test_first1000.bin");
  const there = await Promise.all(wanted.map((name) => hasDataFile(folder, name)));
  if (!there.includes(false)) return;
  const url = `${source.baseUrl}/${source.archive!}`;
  const zipped = await fetchBytes(url, options);
  check(zipped, source.archiveDigest, url);
  const missing = new Set(wanted);
  for (const entry of readTar(await uncompress(zipped, url), url)) {
    // The name comes from outside: only its last part counts, and only if we know it.
    const name = basename(entry.name);
    if (!missing.delete(name)) continue;
    check(entry.bytes, source.digests[name], `${url}: ${name}`);
    await writeWhole(join(folder, name), entry.bytes);
  }
  if (missing.size > 0)
    throw new LecternError(
      "bad-response",
      `${url} has no ${[...missing].join(", ")}.`,
      "Fetch the official archive by hand and name its folder with --data-dir.",
    );
}

async function uncompress(zipped: Uint8Array, url: string): Promise<Uint8Array> {
  try {
    return await unzip(zipped);
  } catch (cause) {
    throw new LecternError(
      "bad-response",
      `${url} answered ${zipped.length} bytes that don't uncompress.`,
      "Try again; a proxy may have answered in its place.",
      { cause },
    );
  }
}

function check(bytes: Uint8Array, digest: Digest | undefined, url: string): void {
  if (digest) expectDigest(bytes, digest, url);
}

/** A reader, or a second process, sees the whole file or none. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  await orIoError(path, async () => {
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

async function orIoError<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new LecternError(
      "io",
      `${path} can't be written (${code}).`,
      "Check the folder's permissions and the free space.",
      { cause },
    );
  }
}
