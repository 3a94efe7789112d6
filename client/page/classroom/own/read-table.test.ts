import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { guessLabel, isNumber, openTable, tableExamples } from "./read-table.ts";

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");
const read = (text: string) =>
  openTable(Papa.parse<string[]>(text, { skipEmptyLines: "greedy" }).data, "t.csv");
const flowers = `a;b;place;species\n${lines(40, (i) => `${i};${-i / 2};"Kew; west";${i % 2 ? "rose" : "lily"}`)}\n`;

test("numbers are finite decimals, as float32 holds them", () => {
  expect(["1", "-1.5e-3", " .5 ", "+7."].map(isNumber)).toEqual([true, true, true, true]);
  expect(["", "NaN", "Infinity", "0x10", "1e39", "1,5", "1 2"].filter(isNumber)).toEqual([]);
});

test("a table gives its numeric columns as examples, and its labels by name", () => {
  const table = read(flowers);
  expect(table.columns).toEqual([
    { name: "a", numeric: true },
    { name: "b", numeric: true },
    { name: "place", numeric: false },
    { name: "species", numeric: false },
  ]);
  expect(guessLabel(table)).toBe("species");
  const own = tableExamples(table, { label: "species" });
  expect(own).toMatchObject({ kind: "table", source: "t.csv", shape: [2], columns: ["a", "b"] });
  expect(own.x.slice(0, 6)).toEqual(Float32Array.of(0, 0, 1, -0.5, 2, -1));
  expect(own.labels.slice(0, 3)).toEqual(["lily", "rose", "lily"]);
  expect(tableExamples(table, { label: "species", features: ["b"] }).x.slice(0, 3)).toEqual(
    Float32Array.of(0, -0.5, -1),
  );
});

test("a table without a head names its columns by number, the last one being the label", () => {
  const table = read(lines(40, (i) => `${i},0.5,${(i % 4).toFixed(1)}`));
  expect(table.columns.map(({ name }) => name)).toEqual(["column 1", "column 2", "column 3"]);
  // 1.0 is the class 1.
  expect(new Set(tableExamples(table, { label: guessLabel(table) }).labels)).toEqual(
    new Set(["0", "1", "2", "3"]),
  );
});

test("columns of one name are told apart", () => {
  const table = read(`x,x,,label\n${lines(40, (i) => `${i},${2 * i},${3 * i},${i % 2}`)}`);
  expect(table.columns.map(({ name }) => name)).toEqual(["x", "x (2)", "column 3", "label"]);
});

describe("refuses", () => {
  const refused: readonly [string, () => unknown, RegExp][] = [
    ["nothing", () => read(""), /^t\.csv is empty\. Choose/],
    ["one column", () => read("a\n1"), /^t\.csv has one column, expected numbers and a label\./],
    ["3 rows", () => read("a,label\n1,0\n2,1\n3,0"), /^t\.csv has 3 rows, expected at least 40:/],
    [
      "ragged rows",
      () => read(`a,b\n${lines(40, (i) => (i === 6 ? "1" : "1,2"))}`),
      /^Row 7 of t\.csv has 1 cells, expected 2/,
    ],
    [
      "unknown columns",
      () => tableExamples(read(flowers), { label: "kind" }),
      /^t\.csv has no column “kind”: it has a, b, place, species\. Choose/,
    ],
    [
      "unknown features",
      () => tableExamples(read(flowers), { label: "species", features: ["c"] }),
      /no column “c”/,
    ],
    [
      "one class",
      () => tableExamples(read(flowers), { label: "place" }),
      /^All rows of t\.csv have the one label “Kew; west”/,
    ],
    [
      "a quantity as label",
      () => tableExamples(read(flowers), { label: "a" }),
      /^The column “a” has 40 different values in 40 rows: that is a quantity/,
    ],
    [
      "text as numbers",
      () => tableExamples(read(flowers), { label: "species", features: ["a", "place"] }),
      /^Row 1 of t\.csv has “Kew; west” in the column “place”, expected a number\./,
    ],
    [
      "NaN",
      () => tableExamples(read(flowers.replace("\n3;", "\nNaN;")), { label: "species" }),
      /^Row 4 of t\.csv has “NaN” in the column “a”/,
    ],
    [
      "a missing label",
      () => tableExamples(read(flowers.replace(";rose\n", ";\n")), { label: "species" }),
      /^Row 2 of t\.csv has no label in the column “species”/,
    ],
    [
      "nothing to learn from",
      () => tableExamples(read(flowers), { label: "species", features: [] }),
      /^No column of t\.csv is left to learn from/,
    ],
  ];
  test.each(refused)("%s", (_, act, words) => {
    expect(act).toThrow(
      expect.objectContaining({ code: "invalid-data", message: expect.stringMatching(words) }),
    );
  });
});
