import { describe, expect, test } from "vitest";
import {
  chance,
  emit,
  emitOnHost,
  families,
  featuresOf,
  fixedLosses,
  initialTheta,
  isKnownFeature,
  plainAlgebra,
  stateVector,
  thetaLayout,
} from "./index.ts";

const A = plainAlgebra(Float64Array);
const logits = A.tensor([2, -1, 0.5, 0.2, 0.1, 0.3], [2, 3]);
const target = A.tensor([1, 0, 0, 0, 1, 0], [2, 3]);
const softmax = (row: number[]) => row.map((v) => Math.exp(v) / row.reduce((a, b) => a + Math.exp(b), 0));
const p = [softmax([2, -1, 0.5])[0]!, softmax([0.2, 0.1, 0.3])[1]!];

describe("loss families", () => {
  test("bilinear with W = I, b = 0 is −σ(log p_y) = −p/(1 + p)", () => {
    const phi = { W: A.tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]), b: A.tensor([0, 0, 0], [3]) };
    const losses = families.bilinear.losses(A, phi, logits, target).data;
    expect(losses[0]).toBeCloseTo(-p[0]! / (1 + p[0]!), 12);
    expect(losses[1]).toBeCloseTo(-p[1]! / (1 + p[1]!), 12);
  });

  test("mixed with a = 1, g = 0, U = (1 − ε)I + ε/K is label smoothing", () => {
    const e = 0.1;
    const U = A.tensor(
      Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 1 - e : 0) + e / 3),
      [3, 3],
    );
    const phi = { U, W: U, b: A.tensor([0, 0, 0], [3]), a: A.tensor([1], []), g: A.tensor([0], []) };
    const ours = families.mixed.losses(A, phi, logits, target).data;
    const rival = fixedLosses["label-smoothing"].losses(A, logits, target, e).data;
    expect(Array.from(ours, (v) => v.toFixed(12))).toEqual(Array.from(rival, (v) => v.toFixed(12)));
  });

  test("gain is cross-entropy times a", () => {
    const losses = families.gain.losses(A, { a: A.tensor([2.5], []) }, logits, target).data;
    expect(losses[0]).toBeCloseTo(-2.5 * Math.log(p[0]!), 12);
  });
});

describe("fixed losses against their formulas", () => {
  const loss = (name: keyof typeof fixedLosses, value: number) =>
    fixedLosses[name].losses(A, logits, target, value).data[0]!;
  test("cross-entropy", () => expect(loss("cross-entropy", 0)).toBeCloseTo(-Math.log(p[0]!), 12));
  test("focal", () => expect(loss("focal", 2)).toBeCloseTo(-((1 - p[0]!) ** 2) * Math.log(p[0]!), 6));
  test("generalised cross-entropy", () =>
    expect(loss("generalised-cross-entropy", 0.7)).toBeCloseTo((1 - p[0]! ** 0.7) / 0.7, 12));
  test("symmetric cross-entropy: α(−log p_y) + 4(1 − p_y)", () => {
    expect(loss("symmetric-cross-entropy", 0.1)).toBeCloseTo(-0.1 * Math.log(p[0]!) + 4 * (1 - p[0]!), 12);
    const soft = A.tensor([0.7, 0.3, 0], [1, 3]);
    const q = softmax([2, -1, 0.5]);
    // log 0 is −4, and log q of other targets hardly moves: log(q(1 − e⁻⁴) + e⁻⁴).
    const logs = [0.7, 0.3, 0].map((v) => Math.log(v * (1 - Math.exp(-4)) + Math.exp(-4)));
    const forward = -0.7 * Math.log(q[0]!) - 0.3 * Math.log(q[1]!);
    const reverse = -q.reduce((sum, v, k) => sum + v * logs[k]!, 0);
    const found = fixedLosses["symmetric-cross-entropy"].losses(A, A.tensor([2, -1, 0.5], [1, 3]), soft, 2);
    expect(found.data[0]).toBeCloseTo(2 * forward + reverse, 12);
  });
  test("PolyLoss: −log p_y + ε₁(1 − p_y)", () =>
    expect(loss("poly", 2)).toBeCloseTo(-Math.log(p[0]!) + 2 * (1 - p[0]!), 12));
  test("label smoothing: (1 − ε)·target + ε/K", () =>
    expect(loss("label-smoothing", 0.3)).toBeCloseTo(
      -softmax([2, -1, 0.5]).reduce((sum, v, k) => sum + (k === 0 ? 0.8 : 0.1) * Math.log(v), 0),
      12,
    ));
  test("large margin", () =>
    expect(loss("large-margin", 1)).toBeCloseTo(-Math.log(softmax([1, -1, 0.5])[0]!), 12));
});

describe("emission", () => {
  const spec = {
    family: "bilinear",
    architecture: { kind: "attention", keys: 2 },
    classes: 2,
    features: 2,
  } as const;

  test("attention is the softmax-weighted sum of the keys' values", () => {
    const theta = {
      W: A.tensor([1, 0, 0, 1, 3, 0, 0, 3], [2, 2, 2]),
      b: A.tensor([0, 0, 1, -1], [2, 2]),
      V: A.tensor([0, Math.log(3), 0, 0], [2, 2]),
    };
    const phi = emit(A, spec, theta, A.tensor([1, 5], [2]));
    // Scores 0 and log 3: attention ¼ and ¾.
    expect(Array.from(phi.W!.data)).toEqual([2.5, 0, 0, 2.5]);
    expect(phi.b!.data[0]).toBeCloseTo(0.75, 12);
  });

  test("the gate moves along its direction by 2σ(s·V + c0) − 1", () => {
    const gate = { ...spec, architecture: { kind: "gate" } } as const;
    const theta = {
      W: A.tensor([1, 0, 0, 1, 1, 1, 1, 1], [2, 2, 2]),
      b: A.tensor([0, 0, 2, 4], [2, 2]),
      V: A.tensor([Math.log(3), 0], [2, 1]),
      c0: A.tensor([0], [1]),
    };
    const phi = emit(A, gate, theta, A.tensor([1, 5], [2]));
    expect(phi.b!.data[0]).toBeCloseTo(1, 12);
    expect(phi.b!.data[1]).toBeCloseTo(2, 12);
    expect(phi.W!.data[1]).toBeCloseTo(0.5, 12);
  });

  test("every key of θ₀ emits the starting loss, whatever the state", () => {
    const spec = {
      family: "mixed",
      architecture: { kind: "attention", keys: 4 },
      classes: 3,
      features: 5,
    } as const;
    const theta = initialTheta(spec, 3);
    expect(Object.keys(theta)).toEqual(thetaLayout(spec).map(({ name }) => name));
    const phi = emit(A, spec, theta, A.tensor([1, -2, 3, 0.5, 1], [5]));
    expect(phi.a!.data[0]).toBeCloseTo(Math.exp(-1), 12);
    expect(phi.g!.data[0]).toBeCloseTo(4 * Math.exp(-0.5), 12);
    expect(phi.W!.data[0]).toBeCloseTo(2, 12);
    expect(theta).toEqual(initialTheta(spec, 3));
    expect(theta.V).not.toEqual(initialTheta(spec, 4).V);
  });
});

describe("state features", () => {
  const state = {
    time: 0.5,
    train: { accuracy: 0.8, crossEntropy: Math.log(3), confidence: 0.7, confidenceSpread: 0.1 },
    dev: { accuracy: 0.75, precision: [1, 0.5, 0] },
  };
  test("full is the paper's 13 numbers at 10 classes, and a constant", () => {
    expect(featuresOf("full", 10)).toHaveLength(14);
    expect(Array.from(stateVector(featuresOf("full", 3), state))).toEqual([0.5, 0.8, 0.75, 1, 0.5, 0, 1]);
  });
  test("pooled doesn't grow with the classes", () => {
    const s = stateVector(featuresOf("pooled", 3), state);
    expect(s).toHaveLength(9);
    expect(Array.from(s.slice(4, 7))).toEqual([0.75, 0.5, 0]);
    expect(s[7]).toBeCloseTo(Math.sqrt(1 / 6), 12);
    expect(s[2]).toBeCloseTo(1, 12);
  });
  test("no-dev needs no dev data", () => {
    const s = stateVector(featuresOf("no-dev", 3), { time: 0, train: chance(3) });
    expect(Array.from(s, (v) => Number(v.toFixed(12)))).toEqual([0, 0.333333333333, 1, 0.333333333333, 0, 1]);
  });
  test("a missing dev measurement is refused with a remedy", () => {
    expect(() => stateVector(featuresOf("full", 3), { time: 0, train: chance(3) })).toThrow(/no-dev/);
  });
  test("a diverging student's state stays finite", () => {
    const s = stateVector(featuresOf("no-dev", 3), {
      time: 0,
      train: { ...chance(3), crossEntropy: Infinity, accuracy: Number.NaN },
    });
    expect(s.every(Number.isFinite)).toBe(true);
  });
  test("unknown features and classes are known as such", () => {
    expect(isKnownFeature("dev-precision:2", 3)).toBe(true);
    expect(isKnownFeature("dev-precision:3", 3)).toBe(false);
    expect(isKnownFeature("toString", 3)).toBe(false);
    expect(() => stateVector([{ name: "mood", offset: 0, scale: 1 }], state)).toThrow(/mood/);
  });
});

test.each(["bilinear", "mixed", "gain"] as const)(
  "%s: the host's algebra emits the plain one's bits",
  (family) => {
    for (const architecture of [{ kind: "attention", keys: 3 }, { kind: "gate" }] as const) {
      const spec = { family, architecture, classes: 3, features: 2 };
      const theta = Object.fromEntries(
        Object.entries(initialTheta(spec, 5)).map(([name, { shape, data }]) => [
          name,
          { shape, data: data.map((v, i) => v + 0.3 * Math.sin(i + name.length)) },
        ]),
      );
      const state = A.tensor([0.7, -1.3], [2]);
      expect(emitOnHost(spec, theta, Float64Array.from(state.data))).toEqual(emit(A, spec, theta, state));
    }
  },
);
