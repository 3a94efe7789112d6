import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedFloats, type Dataset } from "../dataset.ts";

/** Where a table's inputs are put as they are made: in shared memory, or in a file where that would take too much. */
export interface RowStore {
  add(row: Float32Array): void;
  /** The inputs of all rows. */
  finish(): Pick<Dataset, "values" | "floatsIn">;
  discard(): void;
}

/** Folders of this process, which go with it. */
const folders = new Set<string>();

export function openRowStore(count: number, width: number, memoryLimit: number): RowStore {
  return 4 * count * width <= memoryLimit ? inMemory(count, width) : onDisk();
}

function inMemory(count: number, width: number): RowStore {
  const values = sharedFloats(count * width);
  let at = 0;
  return {
    add(row) {
      values.set(row, at);
      at += width;
    },
    finish: () => ({ values }),
    discard: () => {},
  };
}

function onDisk(): RowStore {
  if (folders.size === 0)
    process.once("exit", () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  const folder = mkdtempSync(join(tmpdir(), "lectern-table-"));
  folders.add(folder);
  const path = join(folder, "rows.f32");
  const file = openSync(path, "wx", 0o600);
  let pending: Uint8Array[] = [];
  const flush = (): void => {
    writeSync(file, Buffer.concat(pending));
    pending = [];
  };
  return {
    add(row) {
      pending.push(new Uint8Array(row.slice().buffer));
      if (pending.length >= 1024) flush();
    },
    finish() {
      flush();
      closeSync(file);
      return { values: sharedFloats(0), floatsIn: path };
    },
    discard() {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}
