import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import { gatherInputs, gatherLabels, knownTables, readTable, tableSource } from "../index.ts";
import type { Dataset } from "../index.ts";
import { temporaryFolder } from "../temporary-folder.fixture.ts";

const all = ({ count }: Dataset): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
const rowsOf = (data: Dataset): number[][] => {
  const [width] = data.shape as [number];
  const flat = Array.from(gatherInputs(data, all(data)));
  return Array.from({ length: data.count }, (_, i) => flat.slice(i * width, (i + 1) * width));
};
const write = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), name.endsWith(".gz") ? gzipSync(text) : text);
  return folder;
};
const source = (over: Record<string, unknown> = {}) => tableSource.parse({ train: ["a.csv"], ...over });

test("numbers are standardised, words one input each, missing ones told; the header is found", async () => {
  const folder = await write({
    "a.csv": 'size,colour,weight,Class\n1, red ,?,b\n3,"blue, dark",2,a\n\n5,red,4,b\n',
  });
  const { train, test } = await readTable(folder, source());
  expect(test).toBe(null);
  expect([train.count, train.shape, train.classNames]).toEqual([3, [5], ["a", "b"]]);
  expect([...gatherLabels(train, all(train))]).toEqual([1, 0, 1]);
  const unit = Math.fround(2 / Math.sqrt(8 / 3));
  // size, "blue, dark", red, weight, weight missing
  expect(rowsOf(train)).toEqual([
    [-unit, 0, 1, 0, 1],
    [0, 1, 0, -1, 0],
    [unit, 0, 1, 1, 0],
  ]);
});

test("test rows are encoded as training's are; what training has never seen is nothing", async () => {
  const folder = await write({
    "a.csv.gz": "1;x;10\n3;y;9\n",
    "b.csv": "5;z;9.\n?;x;10.\n",
  });
  const { train, test } = await readTable(folder, source({ test: ["b.csv"], header: false, labelEnd: "." }));
  // Classes that are numbers stand in their order.
  expect(train.classNames).toEqual(["9", "10"]);
  expect(rowsOf(train)).toEqual([
    [-1, 1, 0],
    [1, 0, 1],
  ]);
  expect(rowsOf(test!)).toEqual([
    [3, 0, 0],
    [0, 1, 0],
  ]);
  expect([...test!.labels]).toEqual([0, 1]);
});

test("columns by name or number, classes by bins, pictures by their shape", async () => {
  const folder = await write({ "a.csv": "id,grade,p,q\n7,1,0,8\n8,2,16,4\n9,3,0,2\n" });
  const picture = await readTable(
    folder,
    source({ label: "grade", drop: ["id"], bins: [1, 2], image: { shape: [1, 2, 1], divisor: 16 } }),
  );
  expect(picture.train.classNames).toEqual(["at most 1", "above 1 to 2", "above 2"]);
  expect([...picture.train.labels]).toEqual([0, 1, 2]);
  expect([...gatherInputs(picture.train, all(picture.train))]).toEqual([0, 0.5, 1, 0.25, 0, 0.125]);
  const { train } = await readTable(folder, source({ label: 1, drop: [0, 3] }));
  expect([train.shape, train.classNames]).toEqual([[1], ["1", "2", "3"]]);
});

test("inputs that don't fit into memory are read from a file, the same numbers", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${Math.sin(i)},${i % 7},${i % 3}`);
  const folder = await write({ "a.csv": lines.join("\n") });
  const { train: inMemory } = await readTable(folder, source());
  const { train: onDisk } = await readTable(folder, source(), { memoryLimit: 1000 });
  expect([inMemory.values.length, onDisk.values.length]).toEqual([6000, 0]);
  expect(existsSync(onDisk.floatsIn!)).toBe(true);
  const some = Int32Array.of(2999, 0, 1500, 1500);
  expect(gatherInputs(onDisk, some)).toEqual(gatherInputs(inMemory, some));
  expect(onDisk.labels).toEqual(inMemory.labels);
});

test("rows longer than a chunk's rest, with characters of several bytes", async () => {
  const word = "größe".repeat(30);
  const lines = Array.from({ length: 2000 }, (_, i) => `${word}${i % 3},${i},${i % 2 ? "ja" : "nein"}`);
  const folder = await write({ "a.csv": lines.join("\r\n") });
  const { train } = await readTable(folder, source());
  expect([train.count, train.shape, train.classNames]).toEqual([2000, [4], ["ja", "nein"]]);
  expect(rowsOf(train)[4]!.slice(0, 3)).toEqual([0, 1, 0]);
});

describe("what is wrong is named with its row", () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    ["a short row", "1,2,a\n3,b\n", {}, "a.csv, row 2 has 2 cells, expected 3."],
    ["an open quote", '1,"2,a\n3,4,b\n', {}, "Quoted field unterminated"],
    ["no rows", "", {}, "a.csv has no rows."],
    ["no such column", "x,y\n1,2\n", { label: "z" }, 'a.csv has no column "z", expected one of x, y.'],
    ["no such place", "1,2\n", { label: 5 }, "a.csv has no column 5, expected 0 to 1."],
    ["no label", "1,a\n2,?\n", {}, "A row has no label."],
    ["words for bins", "1,a\n2,b\n", { bins: [1] }, 'The label "a" isn\'t a number.'],
    [
      "a picture of words",
      "x,1\n",
      { image: { shape: [1], divisor: 1 } },
      'Column 0 has "x", expected a number.',
    ],
    [
      "another picture",
      "1,2,a\n",
      { image: { shape: [3], divisor: 1 } },
      "an image of shape [3] has 3 numbers, and a row has 2.",
    ],
    [
      "too many words",
      Array.from({ length: 1100 }, (_, i) => `id-${i},a`).join("\n"),
      {},
      "Column 0 has more than 1000 different values that aren't all numbers",
    ],
  ])("%s", async (_, text, over, message) => {
    const folder = await write({ "a.csv": text });
    await expect(readTable(folder, source(over))).rejects.toThrow(message);
  });

  test("a label that training doesn't have, and files that aren't there or are damaged", async () => {
    const folder = await write({ "a.csv": "1,a\n2,b\n", "b.csv": "1,c\n" });
    await expect(readTable(folder, source({ test: ["b.csv"] }))).rejects.toThrow(
      'b.csv, row 1 has the label "c", which training doesn\'t have (a, b).',
    );
    await expect(readTable(folder, source({ train: ["c.csv"] }))).rejects.toThrow(
      "has no c.csv (nor c.csv.gz)",
    );
    await writeFile(join(folder, "d.csv.gz"), gzipSync("1,a\n2,b\n".repeat(99)).subarray(0, 20));
    await expect(readTable(folder, source({ train: ["d.csv"] }))).rejects.toThrow("d.csv.gz: ");
  });
});

const dataDir =
  process.env["LECTERN_DATA"] ?? fileURLToPath(new URL("../../../../../shared/data", import.meta.url));
const tables = join(dataDir, "tabular");
// Skipped, and shown as such, where the files aren't: they are not in the repository.
test.skipIf(!existsSync(tables))(`the known tables in ${tables}`, async () => {
  const found: Record<string, unknown> = {};
  for (const [name, known] of Object.entries(knownTables)) {
    const { train, test } = await readTable(tables, known);
    found[name] = [train.count, test?.count ?? 0, train.shape.join("×"), train.classNames.length];
  }
  expect(found).toEqual({
    optdigits: [3823, 1797, "8×8×1", 10],
    adult: [32_561, 16_281, "105", 2],
    abalone: [4177, 0, "10", 3],
    banknote: [1372, 0, "4", 2],
    ionosphere: [351, 0, "34", 2],
    iris: [150, 0, "4", 3],
    sonar: [208, 0, "60", 2],
    wine: [178, 0, "13", 3],
    "wine-quality": [4898, 0, "11", 3],
  });
});
