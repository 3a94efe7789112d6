import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileStore } from "./index.ts";

const save = Uint8Array.from({ length: 1000 }, (_, i) => i);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-saves-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a save is replaced as a whole, read again, and forgotten", async () => {
  const store = fileStore(join(folder, "deep", "corners.lesson"));
  expect(await store.read()).toBeUndefined();
  await store.write(Uint8Array.of(1, 2, 3));
  await store.write(save);
  expect(await store.read()).toEqual(save);
  expect(await readdir(join(folder, "deep"))).toEqual(["corners.lesson"]);
  await store.remove();
  await store.remove();
  expect(await store.read()).toBeUndefined();
});

test("what the file system refuses is a typed error, and nothing is left half-written", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(fileStore(join(folder, "file", "x.lesson")).write(save)).rejects.toMatchObject({ code: "io" });
  // Its place is taken by a folder: the rename fails after everything was written.
  await expect(fileStore(join(folder, "deep")).write(save)).rejects.toMatchObject({
    code: "io",
    message: expect.stringMatching(/^The lesson's save can't be written: .*Choose another path/) as string,
  });
  await expect(fileStore(folder).read()).rejects.toMatchObject({ code: "io" });
  expect((await readdir(folder)).toSorted()).toEqual(["deep", "file"]);
});
