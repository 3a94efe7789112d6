import { describe, expect, test } from "vitest";
import { fitClasses } from "./fit-classes.ts";
import { splitOwnData, type OwnData } from "./own-data.ts";
import { labelPaths } from "./read-images.ts";

const flowers = { count: 3, names: ["Daisy", "poppy", "rose"] };
const own: OwnData = {
  kind: "table",
  source: "t.csv",
  x: Float32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? i / 2 : 7)),
  shape: [2],
  labels: Array.from({ length: 100 }, (_, i) => ["rose", "daisy"][i % 2]!),
  columns: ["a", "b"],
};

describe("labels become a teacher's classes", () => {
  test("by name, big and small letters alike, also where some classes don't occur", () => {
    const { classOf, how } = fitClasses(["rose", "daisy", "rose"], flowers);
    expect([how, classOf.get("rose"), classOf.get("daisy")]).toEqual(["names", 2, 0]);
  });
  test("by number below the count", () => {
    expect(fitClasses(["0", "2"], flowers)).toEqual({
      how: "numbers",
      classOf: new Map([
        ["0", 0],
        ["2", 2],
      ]),
    });
  });
  test("in order only if one says so, 9 before 10", () => {
    expect(() => fitClasses(["b10", "b9", "a"], flowers)).toThrow(
      /“a” isn't one of them\. .* alphabetical order/,
    );
    expect([...fitClasses(["b10", "b9", "a"], flowers, "order").classOf]).toEqual([
      ["a", 0],
      ["b9", 1],
      ["b10", 2],
    ]);
  });
  test("not where their number is another, or a number is too large", () => {
    expect(() => fitClasses(["a", "b"], flowers, "order")).toThrow(
      /^The labels have 2 classes \(a, b\), and the teacher knows 3 \(Daisy, poppy, rose\): “a” isn't/,
    );
    expect(() => fitClasses(["1", "3"], flowers)).toThrow(expect.objectContaining({ code: "invalid-data" }));
  });
});

describe("a split of own data", () => {
  const split = splitOwnData(own, { seed: 1, classes: flowers });
  const firstColumn = (x: Float32Array) => [...x].filter((_, i) => i % 2 === 0);

  test("is disjoint, 55 : 15 : 10 : 20, and the same for the same seed", () => {
    const { train, dev, validation, test: last } = split;
    expect([train, dev, validation, last].map(({ labels }) => labels.length)).toEqual([55, 15, 10, 20]);
    const seen = [train, dev, validation, last].flatMap(({ x }) => firstColumn(x));
    expect(new Set(seen).size).toBe(100);
    expect(splitOwnData(own, { seed: 1, classes: flowers })).toEqual(split);
    expect(splitOwnData(own, { seed: 2, classes: flowers }).test.x).not.toEqual(last.x);
  });

  test("keeps each row's label, and standardises by the training split alone", () => {
    const { mean, spread } = split.scaling!;
    for (const part of [split.train, split.test])
      for (const [i, value] of firstColumn(part.x).entries()) {
        const row = Math.round(value * spread[0]! + mean[0]!);
        expect(part.labels[i]).toBe(row % 2 === 0 ? 2 : 0);
      }
    const values = firstColumn(split.train.x);
    expect(values.reduce((a, b) => a + b, 0) / 55).toBeCloseTo(0, 5);
    expect(Math.sqrt(values.reduce((a, b) => a + b * b, 0) / 55)).toBeCloseTo(1, 5);
    // A column that never changes becomes 0.
    expect([mean[1], spread[1]]).toEqual([7, 1]);
    expect(split.train.x[1]).toBe(0);
  });

  test("refuses one class and few rows", () => {
    const one = { ...own, labels: own.labels.map(() => "rose") };
    expect(() => splitOwnData(one, { seed: 1, classes: flowers })).toThrow(/the one label “rose”/);
    const few = { ...own, labels: own.labels.slice(0, 3) };
    expect(() => splitOwnData(few, { seed: 1, classes: flowers })).toThrow(
      /^t\.csv has 3 rows, expected at least 40/,
    );
  });
});

test("images take their labels from their folders, or from their names where there is one folder", () => {
  expect(labelPaths(["pets/cat/1.png", "pets/dog/1.png"])).toEqual({
    source: "pets",
    labels: ["cat", "dog"],
  });
  expect(labelPaths(["cat/1.png", "dog/1.png"])).toEqual({ source: "images", labels: ["cat", "dog"] });
  expect(labelPaths(["pets/cat-1.png", "pets/wild_cat 02.jpg"])).toEqual({
    source: "pets",
    labels: ["cat", "wild_cat"],
  });
  expect(labelPaths(["cat.png", "dog-2.png"]).labels).toEqual([undefined, "dog"]);
});
