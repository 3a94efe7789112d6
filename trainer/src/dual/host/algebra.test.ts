import {
  families,
  fixedLosses,
  initialTheta,
  emit,
  plainAlgebra,
  weightedMean,
  type Algebra,
  type LossFamilySpec,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { registerFamily } from "@lectern/shared/teacher";
import { describe, expect, it } from "vitest";
import tempered from "../../../../docs/examples/my-family.ts";
import { dualAlgebra } from "./algebra.ts";
import { addTangent, goBack, openTape, record } from "./tape.ts";

const plain = plainAlgebra(Float64Array);
const [n, K] = [5, 4];

registerFamily("tempered", tempered);
const all: Readonly<Record<string, LossFamilySpec>> = { ...families, tempered };

/** A scalar of inputs that are all differentiated; the first one has a tangent. */
interface Case {
  readonly inputs: readonly PlainTensor[];
  readonly run: <T>(A: Algebra<T>, inputs: readonly T[]) => T;
}

const wave = (shape: readonly number[], phase: number, offset = 0): PlainTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float64Array.from({ length: size }, (_, i) => offset + Math.sin(1.7 * i + phase)) };
};

const target = <T>(A: Algebra<T>): T =>
  A.tensor(
    Array.from({ length: n * K }, (_, i) =>
      Math.floor(i / K) === 4 ? 1 / K : Number(i % K === Math.floor(i / K) % K),
    ),
    [n, K],
  );
const weights = <T>(A: Algebra<T>): T => A.tensor([1, 0, 2, 0.5, 1], [n]);

const operations: Record<string, Case> = {
  "add: a row, a column, a scalar, and axes in between": {
    inputs: [wave([2, 3, 2], 0), wave([2], 1), wave([3, 1], 2), wave([], 3), wave([2, 1, 2], 4)],
    run: (A, [x, ...others]) => {
      const sum = others.reduce((a, b) => A.add(b, a), x!);
      return A.sum(A.mul(sum, A.mul(sum, sum)));
    },
  },
  "sub, of which either may be stretched": {
    inputs: [wave([3, 1], 0), wave([2], 1)],
    run: (A, [x, y]) => A.sum(A.exp(A.sub(A.sub(x!, y!), A.mul(y!, x!)))),
  },
  "div by a tensor, and of one": {
    inputs: [wave([3, 2], 0, 2), wave([2], 1, 3)],
    run: (A, [x, y]) => A.sum(A.div(A.mul(y!, A.div(y!, x!)), A.add(A.mul(x!, x!), y!))),
  },
  "matMul, either side": {
    inputs: [wave([3, 2], 0), wave([2, 4], 1), wave([4, 3], 2)],
    run: (A, [x, y, z]) => A.sum(A.exp(A.matMul(A.matMul(x!, y!), A.matMul(z!, x!)))),
  },
  "exp, log and sigmoid": {
    inputs: [wave([6], 0, 1.5)],
    run: (A, [x]) => A.sum(A.mul(A.exp(x!), A.log(A.add(A.sigmoid(A.sub(x!, A.exp(x!))), x!)))),
  },
  "logSoftmax, sums over each axis, slice and reshape": {
    inputs: [wave([3, 4], 0), wave([4], 1)],
    run(A, [x, y]) {
      const logP = A.logSoftmax(A.add(x!, y!));
      const rows = A.sum(A.mul(logP, A.exp(x!)), -1);
      const columns = A.sum(A.mul(logP, logP), 0);
      const part = A.reshape(A.slice(A.mul(logP, x!), 1, 2), [4, 2]);
      return A.add(A.sum(A.mul(rows, rows)), A.add(A.sum(A.mul(columns, y!)), A.sum(A.mul(part, part))));
    },
  },
};

for (const [name, family] of Object.entries(all)) {
  const spec = {
    family: name,
    architecture: { kind: "attention", keys: 2 },
    classes: K,
    features: 2,
  } as const;
  const theta = Object.fromEntries(
    Object.entries(initialTheta(spec, 3)).map(([name, t], k) => [
      name,
      { ...t, data: t.data.map((v, i) => v + 0.2 * Math.sin(1 + i + k)) },
    ]),
  );
  const phi = emit(plain, spec, theta, plain.tensor([0.4, 1], [2]));
  const names = Object.keys(phi);
  for (const weighted of [false, true])
    operations[`${name}${weighted ? ", weighted and masked" : ""}`] = {
      inputs: [wave([n, K], 0.3), ...Object.values(phi)],
      run(A, [logits, ...values]) {
        const byName = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        return weightedMean(
          A,
          family.losses(A, byName, logits!, target(A)),
          ...(weighted ? [weights(A)] : []),
        );
      },
    };
}

for (const [name, loss] of Object.entries(fixedLosses))
  operations[name] = {
    inputs: [wave([n, K], 0.3)],
    run: (A, [logits]) => weightedMean(A, loss.losses(A, logits!, target(A), 0.5)),
  };

/** The value with places of the inputs moved, in float64 without a tape. */
function valueAt(
  { inputs, run }: Case,
  along: number,
  move?: { input: number; place: number; by: number },
): number {
  const moved = inputs.map(({ shape, data }, k) => ({
    shape,
    data: data.map((v, i) => {
      const direct = move?.input === k && move.place === i ? move.by : 0;
      return v + direct + (k === 0 ? along * direction(i) : 0);
    }),
  }));
  return run(plain, moved).data[0]!;
}

const direction = (i: number): number => Math.cos(0.9 * i + 0.2);

describe("derivatives on the tape are central differences in float64", () => {
  it.each(Object.entries(operations))("%s", (_, given) => {
    const tape = openTape(true);
    const cells = given.inputs.map(({ data, shape }) => record(tape, data, shape, true));
    addTangent(
      tape,
      cells[0]!,
      given.inputs[0]!.data.map((_, i) => direction(i)),
    );
    const result = given.run(dualAlgebra(tape), cells);
    goBack(tape, [result, [1]]);
    const { values, tangents, gradients, gradientTangents } = tape.cells;
    expect(values[result.at]).toBeCloseTo(valueAt(given, 0), 12);
    const step = 1e-4;
    const slope = (valueAt(given, step) - valueAt(given, -step)) / (2 * step);
    expect(Math.abs(tangents[result.at]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    for (const [input, { at, size }] of cells.entries())
      for (let place = 0; place < size; place++) {
        const difference = (along: number): number => {
          const [up, down] = [step, -step].map((by) => valueAt(given, along, { input, place, by }));
          return (up! - down!) / (2 * step);
        };
        const first = difference(0);
        expect(Math.abs(gradients[at + place]! - first)).toBeLessThan(1e-6 * (1 + Math.abs(first)));
        const second = (difference(step) - difference(-step)) / (2 * step);
        expect(Math.abs(gradientTangents[at + place]! - second)).toBeLessThan(1e-5 * (1 + Math.abs(second)));
      }
  });
});

it("gradients alone are the same numbers", () => {
  const { inputs, run } = operations["mixed, weighted and masked"]!;
  const gradientsOf = (tangents: boolean): number[] => {
    const tape = openTape(tangents);
    const cells = inputs.map(({ data, shape }) => record(tape, data, shape, true));
    goBack(tape, [run(dualAlgebra(tape), cells), [1]]);
    return cells.flatMap(({ at, size }) => Array.from(tape.cells.gradients.subarray(at, at + size)));
  };
  expect(gradientsOf(false)).toEqual(gradientsOf(true));
});

it("large tensors, and shapes that don't fit", () => {
  const tape = openTape(true);
  const A = dualAlgebra(tape);
  const x = record(tape, new Float64Array(10_000).fill(0.5), [100, 100], true);
  goBack(tape, [A.sum(A.mul(A.add(x, x), A.exp(x))), [1]]);
  const expected = 2 * Math.exp(0.5) * (1 + 0.5);
  const { gradients } = tape.cells;
  expect(gradients[x.at]).toBeCloseTo(expected, 12);
  expect(gradients[x.at + 9999]).toBeCloseTo(expected, 12);
  expect(() => A.add(x, A.tensor([1, 2, 3], [3]))).toThrow("The shapes [100,100] and [3] don't fit");
  expect(() => A.matMul(x, A.tensor([1, 2, 3], [3, 1]))).toThrow("don't fit");
  expect(() => A.reshape(x, [3, 3])).toThrow("don't fit");
});
