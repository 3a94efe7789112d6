import {
  emit,
  familyOf,
  plainAlgebra,
  weightedMean,
  type PlainTensor,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { dualAlgebra } from "../dual/host/algebra.ts";
import { goBack, openTape, record } from "../dual/host/tape.ts";

const A = plainAlgebra(Float64Array);

/** A softmax regression's training on its whole data, step for step, in float64. */
export interface Float64Lesson {
  readonly spec: TeacherSpec;
  readonly inputs: number;
  /** [n · inputs] and [n]. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** [inputs · classes] */
  readonly weights: ArrayLike<number>;
  readonly rate: number;
  readonly steps: number;
  /** φ is emitted every so many steps, from s = (t/T, 1). */
  readonly everySteps: number;
}

/** Mean cross-entropy on the same data after the lesson: M as a function of θ. */
export function metricAfterLesson(
  { spec, inputs, x, y, weights, rate, steps, everySteps }: Float64Lesson,
  theta: Readonly<Record<string, PlainTensor>>,
): number {
  const { classes } = spec;
  const n = y.length;
  const target = Array.from({ length: n * classes }, (_, i) =>
    Number(y[Math.floor(i / classes)] === i % classes),
  );
  const w = Float64Array.from(weights);
  const rows = A.tensor(x, [n, inputs]);
  let phi: Readonly<Record<string, PlainTensor>> = {};
  const logits = () => A.matMul(rows, A.tensor(w, [inputs, classes]));
  for (let step = 0; step < steps; step++) {
    if (step % everySteps === 0) phi = emit(A, spec, theta, A.tensor([step / steps, 1], [2]));
    const tape = openTape(false);
    const D = dualAlgebra(tape);
    const z = record(tape, logits().data, [n, classes], true);
    const coefficients = Object.fromEntries(
      Object.entries(phi).map(([name, { data, shape }]) => [name, record(tape, data, shape, false)]),
    );
    const losses = familyOf(spec.family).losses(
      D,
      coefficients,
      z,
      record(tape, target, [n, classes], false),
    );
    goBack(tape, [weightedMean(D, losses), [1]]);
    const slope = tape.cells.gradients.slice(z.at, z.at + z.size);
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < classes; k++) {
        let sum = 0;
        for (let row = 0; row < n; row++) sum += x[row * inputs + i]! * slope[row * classes + k]!;
        w[i * classes + k]! -= rate * sum;
      }
  }
  const logP = A.logSoftmax(logits()).data;
  return -target.reduce((sum, v, i) => sum + v * logP[i]!, 0) / n;
}
