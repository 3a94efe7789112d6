import * as tf from "@tensorflow/tfjs-core";
import { LecternError, isLecternError } from "@lectern/shared/errors";
import {
  emit,
  familyOf,
  initialTheta,
  plainAlgebra,
  type Algebra,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { messageOf } from "../task/index.ts";
import { builtInFamilies } from "./load-family.ts";

/** Relative to 1 + |ℓ|: float32 beside float64, over a handful of operations. */
const agreement = 1e-3;

/**
 * Tries a registered family of one's own on a tiny example before anything is trained: its losses must be one finite
 * number for each example and the same in both algebras, with finite gradients, also for very sure students. Built-in
 * families have their tests.
 *
 * @throws LecternError `invalid-argument` that says what was wrong
 */
export async function checkFamily(name: string, classes: number): Promise<void> {
  if (Object.hasOwn(builtInFamilies, name)) return;
  for (const [students, size] of [
    ["unsure", 1],
    ["sure", 20],
  ] as const) {
    const host = plainAlgebra(Float64Array);
    const where = `for ${students} students (logits up to ±${size})`;
    const expected = guard(name, () => lossesOf(host, name, { classes, size }));
    expectShape(name, host.shapeOf(expected), "plain arrays");
    expectFinite(name, expected.data, `losses ${where}`);
    const tensors = guard(name, () => tf.tidy(() => onTensors(name, { classes, size })));
    expectShape(name, tensors.losses.shape, "TensorFlow.js");
    // Asynchronously: a GPU can't be read from otherwise.
    const losses = await tensors.losses.data();
    const gradient = await tensors.gradient.data();
    tf.dispose(tensors);
    expectFinite(name, losses, `losses in float32 ${where}`);
    expectFinite(name, gradient, `gradients in float32 ${where}`);
    const apart = losses.findIndex(
      (value, i) => Math.abs(value - expected.data[i]!) > agreement * (1 + Math.abs(expected.data[i]!)),
    );
    if (apart >= 0 && size === 1)
      throw refusal(
        name,
        `gives ${losses[apart]} on TensorFlow.js and ${expected.data[apart]} on plain arrays for the same example`,
        "Write losses with the algebra's operations alone, and without randomness.",
      );
  }
}

interface Trial {
  readonly classes: number;
  /** Largest absolute logit. */
  readonly size: number;
}

const examples = 4;

/** Losses of a teacher near its start, on fixed logits; the last target is a distribution over two classes. */
function lossesOf<T>(
  A: Algebra<T>,
  family: string,
  { classes, size }: Trial,
  logits = logitsOf(A, classes, size),
): T {
  const spec: TeacherSpec = { family, architecture: { kind: "attention", keys: 2 }, classes, features: 3 };
  const theta = Object.fromEntries(
    Object.entries(initialTheta(spec, 1)).map(([name, { shape, data }], k) => [
      name,
      A.tensor(
        data.map((v, i) => v + 0.05 * Math.sin(1 + i + 3 * k)),
        shape,
      ),
    ]),
  );
  const phi = emit(A, spec, theta, A.tensor([0.5, 0.9, 1], [3]));
  const target = Array.from({ length: examples * classes }, (_, i) => {
    const [row, column] = [Math.floor(i / classes), i % classes];
    return row < examples - 1 ? Number(column === row % classes) : column < 2 ? 0.5 : 0;
  });
  return familyOf(family).losses(A, phi, logits, A.tensor(target, [examples, classes]));
}

const logitsOf = <T>(A: Algebra<T>, classes: number, size: number): T =>
  A.tensor(
    Array.from({ length: examples * classes }, (_, i) => size * Math.cos(2.1 * i)),
    [examples, classes],
  );

function onTensors(name: string, trial: Trial) {
  const logits = logitsOf(tensorFlowAlgebra, trial.classes, trial.size);
  const losses = lossesOf(tensorFlowAlgebra, name, trial, logits);
  const gradient = tf.grad((x) => tf.sum(lossesOf(tensorFlowAlgebra, name, trial, x)))(logits);
  return { losses, gradient };
}

function guard<R>(name: string, act: () => R): R {
  try {
    return act();
  } catch (cause) {
    if (isLecternError(cause) && cause.code !== "invalid-argument") throw cause;
    throw refusal(name, `threw on a tiny example: ${messageOf(cause)}`, "Correct the module.", cause);
  }
}

function expectShape(name: string, shape: readonly number[], where: string): void {
  if (shape.length === 1 && shape[0] === examples) return;
  throw refusal(
    name,
    `gives losses of shape [${shape.join(", ")}] for ${examples} examples on ${where}, expected [${examples}]`,
    "Give one loss for each example, unsummed: A.sum(…, 1) sums over classes.",
  );
}

function expectFinite(name: string, values: ArrayLike<number>, what: string): void {
  const at = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw refusal(
    name,
    `gives ${values[at]} among its ${what}`,
    "Keep logarithms and quotients away from 0: start from A.logSoftmax(logits).",
  );
}

const refusal = (name: string, problem: string, remedy: string, cause?: unknown): LecternError =>
  new LecternError("invalid-argument", `The family module ${name} ${problem}.`, remedy, { cause });
