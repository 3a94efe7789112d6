import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFolder } from "./lock.ts";

test("one process at a time; a lock whose process is gone is taken over", () => {
  const folder = mkdtempSync(join(tmpdir(), "lectern-lock-"));
  try {
    const path = join(folder, "running.pid");
    const unlock = lockFolder(path);
    expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
    expect(() => lockFolder(path)).toThrow(`The process ${process.pid} is running this experiment`);
    unlock();
    // Above Linux' largest process number.
    writeFileSync(path, "4194305\n");
    lockFolder(path)();
    writeFileSync(path, "");
    lockFolder(path)();
    expect(() => lockFolder(join(folder, "nowhere", "running.pid"))).toThrow("can't be written (ENOENT)");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
