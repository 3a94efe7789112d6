import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import type { LessonStore } from "../src/resume/index.ts";

/**
 * Keeps a lesson's save in a file: written beside it and then renamed, so that a crash leaves the save before.
 *
 * @param path such as `lessons/digits.lesson`; its folder is made when first written to
 * @throws LecternError `io` from its methods, when the file system refuses
 * @example
 * ```ts
 * const { status } = await teachWithSaves(teacher, model, { train: { x, y }, store: fileStore("digits.lesson") });
 * ```
 */
export function fileStore(path: string): LessonStore {
  const doing = async <T>(verb: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new LecternError(
        "io",
        `The lesson's save can't be ${verb}: ${cause instanceof Error ? cause.message : String(cause)}.`,
        "Choose another path, or mend its permissions or free space.",
        { cause },
      );
    }
  };
  return {
    read: () =>
      doing("read", async () => {
        const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return undefined;
          throw error;
        });
        return bytes && new Uint8Array(bytes);
      }),
    write: (save) =>
      doing("written", async () => {
        const partial = `${path}.${randomUUID()}.partial`;
        try {
          await mkdir(dirname(path), { recursive: true });
          await writeFile(partial, save, { flag: "wx", flush: true });
          await rename(partial, path);
        } catch (error) {
          await rm(partial, { force: true }).catch(() => undefined);
          throw error;
        }
      }),
    remove: () => doing("removed", () => rm(path, { force: true })),
  };
}
