import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { LecternError } from "@lectern/shared/errors";

/**
 * Keeps a second process out of a folder, whose journal has one writer. A lock whose process is gone is taken over.
 * @returns what lets go of it
 * @throws LecternError `conflict` naming the process
 */
export function lockFolder(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++)
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
        throw new LecternError(
          "io",
          `${path} can't be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
          "Choose a folder that you may write to, with --out.",
          { cause },
        );
      const owner = Number(readFileSync(path, "utf8"));
      if (isRunning(owner))
        throw new LecternError(
          "conflict",
          `The process ${owner} is running this experiment in the same folder.`,
          "Let it end, or choose another folder with --out.",
        );
      rmSync(path, { force: true });
    }
  throw new LecternError("conflict", `${path} is taken again and again.`, "Start one process at a time.");
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
