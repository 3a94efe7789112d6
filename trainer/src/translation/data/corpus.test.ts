import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../data/temporary-folder.fixture.ts";
import { readCorpus } from "./corpus.ts";

async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "multi30k"), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

test("pairs lines, from plain and gzipped files, in the subfolder or in the folder itself", async () => {
  const dataDir = await folderWith({
    "multi30k/val.de": "Ein Hund.\nZwei Hunde.\n",
    "multi30k/val.en.gz": gzipSync("A dog.\r\nTwo dogs.\r\n"),
    "val.de": "niemand",
  });
  const { source, target } = await readCorpus("multi30k", "valid", { dataDir });
  expect(source).toEqual(["Ein Hund.", "Zwei Hunde."]);
  expect(target).toEqual(["A dog.", "Two dogs."]);
  const inside = await readCorpus("multi30k", "valid", { dataDir: join(dataDir, "multi30k") });
  expect(inside.source).toEqual(source);
  const named = await readCorpus("multi30k", "valid", { environment: { LECTERN_DATA: dataDir } });
  expect(named.target).toEqual(target);
});

test("IWSLT's escapes are undone", async () => {
  const dataDir = await folderWith({
    "valid.de": "ich hab &apos;s &quot; gut &quot; &amp;amp;",
    "valid.en": "i &#91; have &#93; it",
  });
  const { source, target } = await readCorpus("iwslt14-de-en", "valid", { dataDir });
  expect(source).toEqual([`ich hab 's " gut " &amp;`]);
  expect(target).toEqual(["i [ have ] it"]);
});

test.each([
  ["europarl", "train", 'Unknown corpus "europarl".'],
  ["multi30k", "dev", 'has no split "dev"'],
  ["multi30k", "constructor", 'has no split "constructor"'],
])("%s %s is refused", async (name, split, message) => {
  await expect(readCorpus(name, split, { dataDir: "." })).rejects.toThrow(message);
});

test("no folder named, none there, a file missing", async () => {
  await expect(readCorpus("multi30k", "train", { environment: {} })).rejects.toThrow("No folder to read");
  await expect(readCorpus("multi30k", "train", { dataDir: "/nowhere" })).rejects.toMatchObject({
    code: "not-found",
  });
  const dataDir = await folderWith({ "train.de": "Ein Hund." });
  await expect(readCorpus("multi30k", "train", { dataDir })).rejects.toThrow("has no train.en");
});

test.each([
  [{ "val.de": "a\nb\n", "val.en": "a\n" }, "has 2 lines and val.en has 1"],
  [{ "val.de": "a\n\nc\n", "val.en": "a\nb\nc\n" }, "Line 2"],
  [{ "val.de": "", "val.en": "" }, "has no lines"],
  [{ "val.de": Uint8Array.of(0xff, 0xfe), "val.en": "a" }, "isn't UTF-8"],
  [{ "val.de.gz": gzipSync("a\n").subarray(0, 12), "val.en": "a" }, "truncated or damaged"],
])("damaged files %#: %s", async (files, message) => {
  const dataDir = await folderWith(files as Record<string, string | Uint8Array>);
  const reading = readCorpus("multi30k", "valid", { dataDir });
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({ code: "invalid-data" });
});
