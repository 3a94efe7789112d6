import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson, fingerprint, writeAtomically } from "./index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-storage-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("canonical JSON sorts keys at every depth, keeps the order of lists and leaves undefined out", () => {
  expect(canonicalJson({ b: [2, { d: null, c: "x" }], a: undefined })).toBe('{"b":[2,{"c":"x","d":null}]}');
  expect(fingerprint({ a: 1, b: 2 })).toBe(fingerprint({ b: 2, a: 1 }));
  expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]));
});

test("a file is replaced whole", async () => {
  const path = join(folder, "file");
  await writeAtomically(path, "one");
  await writeAtomically(path, "two");
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(folder)).toEqual(["file"]);
});

test("a write that fails leaves nothing behind", async () => {
  const path = join(folder, "taken");
  await mkdir(join(path, "inside"), { recursive: true });
  await expect(writeAtomically(path, "text")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["taken"]);
});
