import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { folderCache } from "./index.ts";

const key = "ab".repeat(32);
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-cache-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("gives back what was put, and undefined for what wasn't", async () => {
  const cache = folderCache(join(folder, "made/on/demand"));
  expect(await cache.get(key)).toBeUndefined();
  await cache.put(key, Uint8Array.of(1, 2, 3));
  expect(await cache.get(key)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await cache.get("cd".repeat(32))).toBeUndefined();
});

it("leaves one whole file, however many write at once", async () => {
  const cache = folderCache(folder);
  const big = new Uint8Array(300_000).fill(7);
  await Promise.all(Array.from({ length: 8 }, () => cache.put(key, big)));
  expect(await readdir(folder)).toEqual([`${key}.safetensors`]);
  expect(new Uint8Array(await readFile(join(folder, `${key}.safetensors`)))).toEqual(big);
});

it("says what the file system refused, and leaves nothing half-written", async () => {
  await writeFile(join(folder, "file"), "");
  const cache = folderCache(join(folder, "file"));
  await expect(cache.put(key, Uint8Array.of(1))).rejects.toMatchObject({
    code: "io",
    message: expect.stringMatching(/^The cache can't write .*file.*\)\. Choose another cache folder/),
  });
  await expect(cache.get(key)).rejects.toMatchObject({ code: "io" });
  expect(await readdir(folder)).toEqual(["file"]);
});

it("refuses keys that would leave the folder", async () => {
  for (const bad of ["../../etc/passwd", "", key.toUpperCase(), `${key}/`]) {
    await expect(folderCache(folder).get(bad)).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(folderCache(folder).put(bad, Uint8Array.of(1))).rejects.toMatchObject({
      code: "invalid-argument",
    });
  }
});
