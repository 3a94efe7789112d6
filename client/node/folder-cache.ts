import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { type ArtifactCache, pinKeys, type PinStore } from "../src/connect/index.ts";

/**
 * Keeps weights in a folder, one file a digest, and the pins of publishers' keys beside them (`pins/`). Each is written
 * beside its place and then renamed, so that neither a crash nor a second process leaves half a file.
 *
 * @param folder made when first written to
 * @param acceptOlder see {@link pinKeys}
 * @throws LecternError `io` from get and put, when the file system refuses
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { cache: folderCache(".lectern/cache") });
 * ```
 */
export function folderCache(folder: string, options: { acceptOlder?: boolean } = {}): ArtifactCache {
  const place = (key: string) => {
    // Keys become file names.
    if (/^[0-9a-f]{64}$/.test(key)) return join(folder, `${key}.safetensors`);
    throw new LecternError(
      "invalid-argument",
      `The cache key is ${JSON.stringify(key.slice(0, 100))}, expected 64 lower-case hexadecimal digits.`,
      "Use the weights' SHA-256 digest.",
    );
  };
  return {
    get: async (key) => {
      const bytes = await read(place(key));
      return bytes && new Uint8Array(bytes);
    },
    put: async (key, bytes) => write(place(key), bytes),
    trust: pinKeys(folderPins(join(folder, "pins")), options),
  };
}

/**
 * Keeps the pins of publishers' keys in a folder, one JSON file each: for a `trust` of its own, without a cache.
 *
 * @param folder made when first written to
 * @throws LecternError `io` from get and put, when the file system refuses
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { trust: pinKeys(folderPins(".lectern/pins")) });
 * ```
 */
export function folderPins(folder: string): PinStore {
  const place = (name: string) => {
    if (/^\w[\w.+-]{0,200}$/.test(name)) return join(folder, `${name}.json`);
    throw new LecternError(
      "invalid-argument",
      `The pin's name is ${JSON.stringify(name.slice(0, 100))}, expected letters, digits and ._+- only.`,
      "Use an API's address of at most 100 characters.",
    );
  };
  return {
    get: async (name) => (await read(place(name)))?.toString("utf8"),
    put: async (name, text) => write(place(name), `${text}\n`),
  };
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return undefined;
    throw refused("read", path, cause);
  }
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content, { flag: "wx" });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw refused("write", path, cause);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function refused(verb: string, path: string, cause: unknown): LecternError {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new LecternError(
    "io",
    `The cache can't ${verb} ${path}${reason}.`,
    "Choose another cache folder, or mend its permissions or free space.",
    { cause },
  );
}
