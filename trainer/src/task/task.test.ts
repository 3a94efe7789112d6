import { describe, expect, test } from "vitest";
import { sharedFloats, sharedLabels } from "../data/index.ts";
import type { Dataset } from "../data/index.ts";
import {
  classQuotas,
  createTask,
  joinExamples,
  leaveOut,
  loadTaskData,
  parseCondition,
  resolveTaskSpec,
} from "./index.ts";
import type { TaskRequest } from "./index.ts";
import { splitData } from "./splits.ts";

/** Example i has the inputs (i, −i), and the label i mod 5. */
function counting(count: number): Dataset {
  const values = sharedFloats(2 * count);
  const labels = sharedLabels(count);
  for (let i = 0; i < count; i++) {
    values.set([i, -i], 2 * i);
    labels[i] = i % 5;
  }
  return { values, divisor: 1, labels, shape: [2], classNames: ["a", "b", "c", "d", "e"], count };
}

const small = { subset: 200, devExamples: 100, validationExamples: 50, testExamples: 30 };
const open = (request: Partial<TaskRequest> = {}, test: Dataset | null = null) =>
  createTask({
    spec: resolveTaskSpec({ name: "glyphs", ...small, ...request }),
    train: counting(2000),
    test,
    note: null,
  });
/** Which example each row is. */
const identities = (x: Float32Array) => [...x].filter((_, i) => i % 2 === 0);

describe("splits", () => {
  test("five disjoint sets that cover the data, in the documented proportions", () => {
    const spec = resolveTaskSpec({ name: "glyphs", ...small });
    const splits = splitData(spec, counting(2000), null);
    const all = Object.values(splits).flatMap((indices: Int32Array) => Array.from(indices));
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    expect(open().splits).toEqual({
      metaPool: 1092,
      evaluationPool: 728,
      metaDev: 100,
      validation: 50,
      test: 30,
    });
  });

  test("a source's own test set is taken from its start", () => {
    const task = open({}, counting(40));
    expect(identities(task.test.x)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(task.splits.metaPool + task.splits.evaluationPool).toBe(1850);
  });

  test("too few examples are refused with the numbers", () => {
    expect(() => open({ subset: 800 })).toThrow(
      "Task glyphs has 2000 training examples; after 180 held out, the evaluation pool has 728, expected at least the subset of 800. Lower subset, devExamples, validationExamples or testExamples, or bring more data.",
    );
    expect(() => open({ devExamples: 5000 })).toThrow(/evaluation pool has 0/);
    expect(() => open({ testExamples: 41 }, counting(40))).toThrow(
      "Task glyphs has 40 test examples, expected testExamples = 41. Pass testExamples of at most 40.",
    );
  });
});

describe("sample", () => {
  test("is a function of the seed; evaluation never sees an example of meta-training, nor either a held-out one", () => {
    const task = open();
    expect(task.sample(7)).toEqual(open().sample(7, "meta"));
    const meta = new Set<number>();
    const evaluation = new Set<number>();
    for (let seed = 0; seed < 80; seed += 2) {
      identities(task.sample(seed, "meta").train.x).forEach((i) => meta.add(i));
      identities(task.sample(seed + 1, "validation").train.x).forEach((i) => meta.add(i));
      identities(task.sample(seed, "evaluation").train.x).forEach((i) => evaluation.add(i));
      identities(task.sample(seed + 1, "tuning").train.x).forEach((i) => evaluation.add(i));
    }
    // 80 draws of 200 leave an example out with probability 1e−7: every example of both pools turns up.
    expect([meta.size, evaluation.size]).toEqual([1092, 728]);
    const held = [task.metaDev, task.validation, task.test].flatMap(({ x }) => identities(x));
    expect(new Set([...meta, ...evaluation, ...held]).size).toBe(2000);
  });

  test("a draw has no example twice, and rows keep their labels", () => {
    const { train, metaDev } = open().sample(3);
    expect(train.count).toBe(200);
    expect(new Set(identities(train.x)).size).toBe(200);
    expect([...train.y]).toEqual(identities(train.x).map((i) => i % 5));
    expect(train.x[1]).toBe(-train.x[0]!);
    expect([...metaDev.y]).toEqual(identities(metaDev.x).map((i) => i % 5));
  });

  test("label noise redraws over all classes: 40 % noise at 5 classes leaves 32 % wrong, the inputs untouched", () => {
    const clean = open().sample(11).train;
    const noisy = open({ labelNoise: 0.4 });
    expect(noisy.sample(11).train.x).toEqual(clean.x);
    let wrong = 0;
    const drawn = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < 50; seed++) {
      const { train } = noisy.sample(seed);
      identities(train.x).forEach((i, row) => {
        if (train.y[row] !== i % 5) {
          wrong++;
          drawn[train.y[row]!]!++;
        }
      });
    }
    // 10,000 labels: standard error 0.5 %.
    expect(wrong / 10_000).toBeCloseTo(0.32, 1);
    expect(Math.abs(wrong / 10_000 - 0.32)).toBeLessThan(0.015);
    for (const count of drawn) expect(Math.abs(count / wrong - 0.2)).toBeLessThan(0.03);
    expect([...noisy.metaDev.y]).toEqual(identities(noisy.metaDev.x).map((i) => i % 5));
  });

  test("imbalance follows the exponential profile to the example, and the order stays random", () => {
    const { train } = open({ imbalance: 16 }).sample(2);
    const counts = [0, 0, 0, 0, 0];
    for (const label of train.y) counts[label]!++;
    // Shares 16, 8, 4, 2, 1 of 31.
    expect(counts).toEqual([103, 52, 26, 13, 6]);
    expect(new Set(train.y.subarray(0, 20)).size).toBeGreaterThan(1);
    expect(new Set(identities(train.x)).size).toBe(200);
  });

  test("an imbalance that the data can't give is refused", () => {
    expect(() => open({ imbalance: 1000 })).toThrow(
      /imbalance 1000 at subset 200 asks for 0 examples of class 4, expected 1 to \d+ \(what a pool has of it\)\. Raise subset/,
    );
    expect(() => open({ imbalance: 100, subset: 700 })).toThrow(
      /of class 0, expected 1 to \d+ .*Lower subset or imbalance/,
    );
  });

  test("quotas add up whatever the rounding", () => {
    for (const [subset, classes, imbalance] of [
      [100, 3, 7],
      [999, 10, 50],
      [5, 5, 1.01],
    ] as const)
      expect(classQuotas(subset, classes, imbalance).reduce((a, b) => a + b)).toBe(subset);
  });
});

describe("conditions", () => {
  const labelsOf = (request: Partial<TaskRequest>, seed: number) => {
    const { train } = open(request).sample(seed);
    return { clean: identities(train.x).map((i) => i % 5), given: [...train.y] };
  };

  test("confusion turns a label into the next class's, and into no other", () => {
    let turned = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { clean, given } = labelsOf({ confusion: 0.3 }, seed);
      given.forEach((label, row) => {
        if (label === clean[row]) return;
        turned++;
        expect(label).toBe((clean[row]! + 1) % 5);
      });
    }
    expect(Math.abs(turned / 10_000 - 0.3)).toBeLessThan(0.015);
  });

  test("each student has one of the conditions, and draws from their ranges", () => {
    const task = open({
      conditions: [
        { subset: [20, 80], labelNoise: [0.1, 0.5] },
        { subset: 30, confusion: 0.25 },
      ],
    });
    const drawn = Array.from({ length: 300 }, (_, seed) => task.sample(seed));
    const ranged = drawn.filter(({ condition }) => condition.confusion === 0);
    expect(Math.abs(ranged.length - 150)).toBeLessThan(40);
    for (const { train, condition } of drawn) expect(train.count).toBe(condition.subset);
    const sizes = ranged.map(({ condition }) => condition.subset);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([20, 80]);
    // Evenly by logarithm: half are below 40, the geometric mean of the ends.
    expect(Math.abs(sizes.filter((size) => size < 40).length / sizes.length - 0.5)).toBeLessThan(0.12);
    const noises = ranged.map(({ condition }) => condition.labelNoise);
    expect(Math.min(...noises)).toBeGreaterThan(0.1);
    expect(Math.max(...noises)).toBeLessThan(0.5);
    expect(task.sample(5)).toEqual(task.sample(5, "meta"));
    expect(task.sample(5, "evaluation").condition).toEqual(task.sample(5).condition);
  });

  test("a small concentration makes students lopsided, a large one nearly even", () => {
    const largest = (lopsided: number) => {
      const task = open({ conditions: [{ subset: 100, lopsided }] });
      const shares = Array.from({ length: 200 }, (_, seed) => {
        const { train, condition } = task.sample(seed);
        const counts = [0, 0, 0, 0, 0];
        for (const label of train.y) counts[label]!++;
        expect(condition.shares!.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        for (const [k, share] of condition.shares!.entries())
          expect(Math.abs(counts[k]! - 100 * share)).toBeLessThan(1);
        return Math.max(...counts) / 100;
      });
      return shares.reduce((a, b) => a + b) / shares.length;
    };
    // Of Dirichlet(1) over five classes the largest share is (1 + 1/2 + 1/3 + 1/4 + 1/5)/5 = 0.457 on average.
    expect(Math.abs(largest(1) - 0.457)).toBeLessThan(0.03);
    expect(largest(0.2)).toBeGreaterThan(0.65);
    expect(largest(1000)).toBeLessThan(0.23);
  });

  test("a flag's words for a condition", () => {
    expect(parseCondition("subset=60..400, label-noise=0.4,lopsided=1..10")).toEqual({
      subset: [60, 400],
      labelNoise: 0.4,
      lopsided: [1, 10],
    });
    expect(() => parseCondition("size=3")).toThrow(/has "size", which is no option of one\. Write it as/);
    expect(() => parseCondition("subset=few")).toThrow(/has "few" for subset, expected a number or a range/);
    expect(() => parseCondition("subset")).toThrow(/has "" for subset/);
  });

  test("what a pool can't give is refused", () => {
    expect(() => open({ conditions: [{ subset: [10, 600], lopsided: 1 }] })).toThrow(
      /a condition asks for 600 examples, which may all be of one class, expected at most \d+ \(what a pool has\)\. Lower/,
    );
    expect(() => open({ conditions: [{ imbalance: [1, 1000] }] })).toThrow(/imbalance 1000 at subset 200/);
    expect(() => open({ conditions: [{ labelNoise: [0.5, 0.1] }] })).toThrow(
      /conditions .*a range starts with its lower end/i,
    );
  });
});

test("data travel to another thread and make the same task there", () => {
  const task = open({ labelNoise: 0.2 });
  const there = createTask(structuredClone(task.data));
  expect(there.sample(5)).toEqual(task.sample(5));
  expect(task.data.train.values.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test("joined examples keep their rows", () => {
  const task = open();
  const joined = joinExamples(task.metaDev, task.validation);
  expect(joined.count).toBe(150);
  expect([...joined.y]).toEqual(identities(joined.x).map((i) => i % 5));
});

test("folds hold each example once, and train on all others", () => {
  const { train } = open().sample(4);
  const folds = [0, 1, 2].map((index) => leaveOut(train, { index, of: 3 }));
  const held = folds.flatMap(({ held }) => identities(held.x));
  expect(held.toSorted((a, b) => a - b)).toEqual(identities(train.x).toSorted((a, b) => a - b));
  for (const { rest, held } of folds) {
    expect(rest.count + held.count).toBe(200);
    expect(new Set([...identities(rest.x), ...identities(held.x)]).size).toBe(200);
    expect([...rest.y, ...held.y]).toEqual([...identities(rest.x), ...identities(held.x)].map((i) => i % 5));
  }
});

test("glyphs need no files", async () => {
  const request = {
    name: "glyphs",
    subset: 300,
    devExamples: 100,
    validationExamples: 100,
    testExamples: 50,
  };
  const task = createTask(await loadTaskData(request));
  expect(task.splits).toEqual({
    metaPool: 12_000,
    evaluationPool: 8000,
    metaDev: 100,
    validation: 100,
    test: 50,
  });
  expect(task.inputShape).toEqual([12, 12, 1]);
  const { train } = task.sample(1);
  expect(train.x.length).toBe(300 * 144);
  expect(new Set(train.y).size).toBe(10);
});
