import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import type { ArtifactCache } from "../src/connect/index.ts";

/**
 * Keeps weights in a folder, one file a digest. Each is written beside its place and then renamed, so that neither a
 * crash nor a second process leaves half a file.
 *
 * @param folder made when first written to
 * @throws LecternError `io` from get and put, when the file system refuses
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { cache: folderCache(".lectern/cache") });
 * ```
 */
export function folderCache(folder: string): ArtifactCache {
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
    async get(key) {
      const path = place(key);
      try {
        return new Uint8Array(await readFile(path));
      } catch (cause) {
        if (hasCode(cause, "ENOENT")) return undefined;
        throw refused("read", path, cause);
      }
    },
    async put(key, bytes) {
      const path = place(key);
      const partial = `${path}.${randomUUID()}.partial`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(partial, bytes, { flag: "wx" });
        await rename(partial, path);
      } catch (cause) {
        await rm(partial, { force: true }).catch(() => undefined);
        throw refused("write", path, cause);
      }
    },
  };
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
