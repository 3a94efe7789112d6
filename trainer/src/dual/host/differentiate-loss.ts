import * as tf from "@tensorflow/tfjs-core";
import type { Batch, Guide, Student } from "@lectern/client/lesson";
import { weightedMean } from "@lectern/shared/teacher";
import { isHostBackend, uploadValues, viewValues } from "../../hypergradient/host-values.ts";
import type { Adjoint, Dual } from "../rule.ts";
import { dualAlgebra } from "./algebra.ts";
import type { Cell } from "./cells.ts";
import { addTangent, goBack, openTape, record, type Tape } from "./tape.ts";

export interface LossPoint {
  readonly student: Student;
  readonly guide: Guide;
  readonly phi: Readonly<Record<string, tf.Tensor>>;
  readonly batch: Batch;
  /** What the model gave; with tangents, the loss is differentiated to second order. */
  readonly output: Dual;
}

export interface LossDerivatives {
  readonly loss: number;
  /** ∂L/∂output, and its derivative along the direction if the output has a tangent. */
  readonly output: Adjoint;
  /** ∂_φ of the derivative of L along the direction, by name; empty without a tangent. */
  readonly dPhi: Record<string, tf.Tensor>;
}

/** Numbers of an output from which on WebAssembly's passes are faster than one of JavaScript's. */
const tooMany = 2 ** 15;

/**
 * The loss of a model's output to first or second order, on the host: the tensors are small, and the tape of TensorFlow.js
 * would take a thousand calls. Null where it isn't to be done here: the backend's numbers can't be read at once, they are
 * many, the model's output isn't the logits, or a result isn't finite (tensor operations then say which it is).
 */
export function differentiateOnHost({
  student,
  guide,
  phi,
  batch,
  output,
}: LossPoint): LossDerivatives | null {
  const { value, tangents } = output;
  if (!isHostBackend() || value.size > tooMany || !givesLogits(student, value)) return null;
  const second = tangents.length > 0;
  const tape = openTape(second);
  const A = dualAlgebra(tape);
  const take = (t: tf.Tensor, wanted: boolean): Cell => record(tape, viewValues(t), t.shape, wanted);
  const logits = record(tape, viewValues(value), [value.size / student.classes, student.classes], true);
  for (const tangent of tangents) addTangent(tape, logits, viewValues(tangent));
  const coefficients = Object.entries(phi).map(([name, t]) => [name, take(t, second)] as const);
  const target = take(batch.target, false);
  const weights = batch.weights && take(batch.weights, false);
  const losses = guide.losses(A, Object.fromEntries(coefficients), logits, target);
  const mean = weightedMean(A, losses, weights);
  goBack(tape, [mean, [1]]);
  const { values, gradients, gradientTangents } = tape.cells;
  const loss = values[mean.at]!;
  if (!Number.isFinite(loss) || !isFinite(tape, logits)) return null;
  const upload = (from: Float64Array, { at, size }: Cell, shape: readonly number[]) =>
    uploadValues(Float32Array.from(from.subarray(at, at + size)), [...shape]);
  return {
    loss,
    output: {
      value: upload(gradients, logits, value.shape),
      tangent: second ? upload(gradientTangents, logits, value.shape) : undefined,
    },
    dPhi: second
      ? Object.fromEntries(
          coefficients.map(([name, cell]) => [name, upload(gradientTangents, cell, cell.shape)]),
        )
      : {},
  };
}

function isFinite({ cells: { gradients, gradientTangents } }: Tape, { at, size }: Cell): boolean {
  let sum = 0;
  for (let i = at; i < at + size; i++) sum += gradients[i]! + gradientTangents[i]!;
  return Number.isFinite(sum);
}

const known = new WeakMap<Student, boolean>();

/** Whether the student's logits are its model's very outputs, in another shape at most. */
function givesLogits(student: Student, output: tf.Tensor): boolean {
  let gives = known.get(student);
  if (gives === undefined) {
    gives = tf.tidy(() => student.logits(output).dataId === output.dataId);
    known.set(student, gives);
  }
  return gives;
}
