import { beforeAll, describe, expect, test } from "vitest";
import { looks } from "./invariant.ts";
import {
  chance,
  emit,
  featuresOf,
  fixedLosses,
  furtherFamilies,
  initialTheta,
  plainAlgebra,
  registerFurtherFamilies,
  servesAnyClasses,
  stateVector,
  thetaLayout,
  type Coefficients,
  type PlainTensor,
  type StartingPoint,
} from "./index.ts";

beforeAll(registerFurtherFamilies);

const A = plainAlgebra(Float64Array);
const start: StartingPoint = {
  smoothing: 0,
  diagonal: 1,
  logLinear: 0,
  logBounded: -Infinity,
  readerSpread: 0,
  timeSharpness: 0,
};
const attention = { kind: "attention", keys: 1 } as const;

function phiAt(family: keyof typeof furtherFamilies, classes: number, over: Partial<StartingPoint> = {}) {
  const spec = { family, architecture: attention, classes, features: 2 };
  return emit(A, spec, initialTheta(spec, 1, { ...start, ...over }), A.tensor([0.5, 1], [2]));
}

const rowsOf = (rows: readonly (readonly number[])[]): PlainTensor =>
  A.tensor(rows.flat(), [rows.length, rows[0]!.length]);
const logits = [
  [2, -1, 0.5, 0],
  [-3, 1, 4, 0.25],
];
const target = [
  [0, 0, 1, 0],
  [0, 0, 1, 0],
];
const values = ({ data }: PlainTensor): number[] => Array.from(data);
const p = (row: readonly number[]): number[] => {
  const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
  return row.map((z) => Math.exp(z) / total);
};
const close = (found: readonly number[], wanted: readonly number[], digits = 12): void => {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i], `value ${i}`).toBeCloseTo(value, digits);
};

describe("invariant", () => {
  const { losses } = furtherFamilies.invariant;

  test("what it sees, by hand", () => {
    const { seen } = looks(A, rowsOf(logits), rowsOf(target));
    for (const [n, row] of logits.entries()) {
      const probabilities = p(row);
      const logs = probabilities.map(Math.log);
      const others = [0, 1, 3];
      const other = Math.log(others.reduce((sum, k) => sum + probabilities[k]! ** 4, 0)) / 4;
      const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
      const rank = others.reduce((sum, k) => sum + sigmoid(4 * (logs[k]! - logs[2]!)), 0);
      close(
        seen.map(({ data }) => data[n]!),
        [
          logs[2]! / Math.log(4),
          sigmoid(logs[2]! - other),
          -probabilities.reduce((sum, v) => sum + v * Math.log(v), 0) / Math.log(4),
          rank / (1 + rank),
          logs.reduce((a, b) => a + b) / 4 / Math.log(4),
        ],
        10,
      );
    }
  });

  test("its parts: cross-entropy, label smoothing and the bounded loss of p_y", () => {
    const at = (over: Partial<StartingPoint>) =>
      values(losses(A, phiAt("invariant", 4, over), rowsOf(logits), rowsOf(target)));
    const fixed = (name: keyof typeof fixedLosses, value: number) =>
      values(fixedLosses[name].losses(A, rowsOf(logits), rowsOf(target), value));
    close(at({}), fixed("cross-entropy", 0));
    close(at({ smoothing: 0.3 }), fixed("label-smoothing", 0.3));
    // −σ(2 log p) = −p²/(1 + p²).
    const labels = logits.map((row) => p(row)[2]!);
    close(
      at({ logLinear: -Infinity, logBounded: Math.log(3), diagonal: 2 }),
      labels.map((v) => (-3 * v * v) / (1 + v * v)),
    );
  });

  test("its network, by hand", () => {
    const phi = phiAt("invariant", 4, { logLinear: -Infinity });
    const w = Array.from({ length: 48 }, (_, i) => Math.sin(i));
    const o = Array.from({ length: 8 }, (_, i) => i - 3);
    const { seen } = looks(A, rowsOf(logits), rowsOf(target));
    const expected = [0, 1].map((n) => {
      const inputs = [...seen.map(({ data }) => data[n]!), 1];
      return o.reduce((sum, weight, h) => {
        const x = inputs.reduce((s, v, i) => s + v * w[8 * i + h]!, 0);
        return sum + weight / (1 + Math.exp(-x));
      }, 0);
    });
    const moved = { ...phi, w: A.tensor(w, [6, 8]), o: A.tensor(o, [8]) };
    close(values(losses(A, moved, rowsOf(logits), rowsOf(target))), expected);
  });

  test("the order of the classes doesn't matter, and a class that is out of the question hardly does", () => {
    const phi: Coefficients<PlainTensor> = {
      ...phiAt("invariant", 4, { logBounded: 1, diagonal: 2 }),
      o: A.tensor([1, -2, 3, -1, 2, 1, -3, 2], [8]),
    };
    const loss = (row: number[], label: number) =>
      values(losses(A, phi, rowsOf([row]), rowsOf([row.map((_, k) => Number(k === label))])))[0]!;
    const base = loss([2, -1, 0.5, 0], 2);
    expect(loss([0.5, 2, 0, -1], 0)).toBeCloseTo(base, 12);
    // Chance looks alike for any number of classes.
    const atChance = (K: number) => {
      const zeros = Array<number>(K).fill(0);
      const one = zeros.map((_, k) => Number(k === 1));
      const { seen } = looks(A, rowsOf([zeros]), rowsOf([one]));
      return seen.map(({ data }) => data[0]!);
    };
    const [three, hundred] = [atChance(3), atChance(100)];
    for (const i of [0, 2, 4]) expect(hundred[i]).toBeCloseTo(three[i]!, 12);
  });

  test("soft and certain targets, sure and very sure students: finite", () => {
    const phi = {
      ...phiAt("invariant", 3, { logBounded: 1 }),
      o: A.tensor([1, -2, 3, -1, 2, 1, -3, 2], [8]),
    };
    for (const size of [1, 30, 80])
      for (const row of [
        [1, 0, 0],
        [0.5, 0.5, 0],
        [0.4, 0.3, 0.3],
      ]) {
        const [loss] = values(losses(A, phi, rowsOf([[size, -size, 0]]), rowsOf([row])));
        expect(Number.isFinite(loss), `${size}: ${row}`).toBe(true);
      }
  });
});

describe("taylor", () => {
  const { losses } = furtherFamilies.taylor;

  test("is the polynomial, term by term", () => {
    const t = [0.2, 0.7, -0.5, 1.5, 2, 1.1, -0.9, 0.6];
    const phi = Object.fromEntries(t.map((v, i) => [`t${i}`, A.tensor([v], [])]));
    const expected = logits.map((row, n) =>
      p(row).reduce((sum, y, k) => {
        const [dx, dy] = [target[n]![k]! - t[0]!, y - t[1]!];
        const f =
          t[2]! * dy +
          (t[3]! * dy ** 2) / 2 +
          (t[4]! * dy ** 3) / 6 +
          t[5]! * dx * dy +
          (t[6]! * dx * dy ** 2) / 2 +
          (t[7]! * dx ** 2 * dy) / 2;
        return sum - f;
      }, 0),
    );
    close(values(losses(A, phi, rowsOf(logits), rowsOf(target))), expected);
  });

  test("starts at cross-entropy to second order in 1 − p_y", () => {
    const found = values(losses(A, phiAt("taylor", 4), rowsOf(logits), rowsOf(target)));
    close(
      found,
      logits.map((row) => {
        const miss = 1 - p(row)[2]!;
        return miss + miss ** 2 / 2;
      }),
    );
  });
});

test("their teachers' weights don't depend on the number of classes, nor does φ but for the state", () => {
  for (const family of Object.keys(furtherFamilies) as (keyof typeof furtherFamilies)[]) {
    const layout = (classes: number) =>
      thetaLayout({ family, architecture: { kind: "attention", keys: 4 }, classes, features: 6 });
    expect(layout(3)).toEqual(layout(100));
    expect(servesAnyClasses(family)).toBe(true);
  }
  expect(servesAnyClasses("mixed")).toBe(false);
});

test("the demo's features, and none but time", () => {
  const train = { ...chance(4), accuracy: 0.7 };
  expect(Array.from(stateVector(featuresOf("time", 4), { time: 0.3, train }))).toEqual([0.3, 1]);
  expect(Array.from(stateVector(featuresOf("demo", 4), { time: 0.3, train }))).toEqual([0.3, 0.7, 1]);
});

test("one key is a static teacher: the same φ in any state", () => {
  for (const family of ["bilinear", "mixed", "invariant"]) {
    const features = featuresOf("no-dev", 3);
    const spec = { family, architecture: attention, classes: 3, features: features.length };
    const theta = initialTheta(spec, 1);
    const phi = (time: number) =>
      emit(A, spec, theta, A.tensor(stateVector(features, { time, train: chance(3) }), [features.length]));
    expect(phi(0.9)).toEqual(phi(0));
  }
});
