import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { LecternError } from "@lectern/shared/errors";

const unzip = promisify(gunzip);

export interface DataFile {
  /** Without `.gz`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** For messages: the file that was read. */
  readonly path: string;
}

/**
 * The bytes of `folder/name`, or of `folder/name.gz` uncompressed.
 *
 * @throws LecternError `not-found` naming the folder or file, `invalid-data` for a truncated or damaged gzip file.
 */
export async function readDataFile(folder: string, name: string): Promise<DataFile> {
  const plain = join(folder, name);
  const bytes = await readIfThere(plain);
  if (bytes) return { name, bytes, path: plain };
  const path = `${plain}.gz`;
  const zipped = await readIfThere(path);
  if (!zipped) throw await missing(folder, name);
  try {
    return { name, bytes: await unzip(zipped), path };
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${path} is truncated or damaged: its ${zipped.length} bytes don't uncompress.`,
      "Fetch the file again.",
      { cause },
    );
  }
}

/** Several at once; where several fail, the first one's error, so that the message doesn't depend on timing. */
export async function readDataFiles(folder: string, names: readonly string[]): Promise<DataFile[]> {
  const read = await Promise.allSettled(names.map((name) => readDataFile(folder, name)));
  return read.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Whether `folder` holds `name` or `name.gz`. */
export async function hasDataFile(folder: string, name: string): Promise<boolean> {
  const found = await Promise.all(
    [name, `${name}.gz`].map((file) =>
      stat(join(folder, file)).then(
        (entry) => entry.isFile(),
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new LecternError(
      "io",
      `${path} can't be read (${code ?? String(cause)}).`,
      "Check its permissions.",
      { cause },
    );
  }
}

async function missing(folder: string, name: string): Promise<LecternError> {
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return isFolder
    ? new LecternError(
        "not-found",
        `The data folder ${folder} has no ${name} (nor ${name}.gz).`,
        "Put the file there, or name another folder with --data-dir.",
      )
    : new LecternError(
        "not-found",
        `The data folder ${folder} doesn't exist.`,
        "Name the folder with --data-dir or LECTERN_DATA.",
      );
}
