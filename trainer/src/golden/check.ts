import * as tf from "@tensorflow/tfjs-core";
import { openExamples, openStudent, type Batches, type Guide } from "@lectern/client/lesson";
import { LecternError } from "@lectern/shared/errors";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { emit, families, plainAlgebra, type PlainTensor, type TeacherSpec } from "@lectern/shared/teacher";
import { byLayers } from "../dual/index.ts";
import {
  devCrossEntropy,
  metricOf,
  type Estimator,
  type HypergradientOptions,
  type Metric,
} from "../hypergradient/index.ts";
import { assertCovered } from "../overlay/index.ts";
import type { GoldenCase, GoldenTensor } from "./format.ts";
import { buildGoldenStudent } from "./student.ts";

/** ‖out − ref‖/‖ref‖ of one tensor (‖out‖ where ‖ref‖ = 0). */
export interface Deviation {
  readonly tensor: string;
  readonly error: number;
  readonly tolerance: number;
  readonly norm: number;
}

export interface GoldenReport {
  readonly name: string;
  readonly deviations: readonly Deviation[];
  readonly passed: boolean;
  /** Of dθ as one vector: how an approximate estimator's bias is told. NaN if there is no dθ. */
  readonly bias: Bias;
}

export interface Bias {
  /** ⟨dθ, ref⟩/(‖dθ‖‖ref‖) */
  readonly cosine: number;
  /** ‖dθ − ref‖/‖ref‖ */
  readonly error: number;
}

const host = plainAlgebra(Float64Array);

/** Runs one case on the current backend and compares dθ, dω₀, ω_T and M with what the case expects. */
export async function checkGolden(
  golden: GoldenCase,
  estimator: Estimator,
  options: HypergradientOptions = {},
): Promise<GoldenReport> {
  const classes = golden.theta.b.shape[1]!;
  const { model, weighted } = buildGoldenStudent(golden);
  await assertCovered(model);
  const student = byLayers(openStudent(model, classes, "logits"));
  const order = loadWeights(golden, student.variables, weighted);
  const steps = golden.batches.length;
  const theta: Record<string, PlainTensor> = Object.fromEntries(
    Object.entries(golden.theta).map(([name, t]) => [
      name,
      { shape: t.shape, data: Float64Array.from(t.data) },
    ]),
  );
  const spec: TeacherSpec = {
    family: "bilinear",
    architecture: { kind: "attention", keys: golden.theta.b.shape[0]! },
    classes,
    features: golden.theta.V.shape[0]!,
  };
  const stateAt = (step: number) => Float64Array.from(golden.states[step]!.data);
  const guide: Guide = {
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
    needsDev: false,
    // The case's recorded states stand in for measured ones.
    emit: ({ time }) =>
      emit(host, spec, theta, host.tensor(stateAt(Math.round(time * steps)), [spec.features])),
    losses: (A, phi, logits, target) => families.bilinear.losses(A, phi, logits, target),
  };
  const batches = recordedBatches(golden);
  const names = { classes, classNames: [] };
  const open = (parts: readonly { x: GoldenTensor; y: number[] }[], what: string) => {
    const data = joined(parts);
    return openExamples(data, { ...names, what }).finally(() => data.x.dispose());
  };
  const train = await open(golden.batches, "batches");
  const metaDev = await open([golden.dev], "dev");
  try {
    const result = await estimator.estimate(
      {
        student,
        spec,
        theta,
        guide,
        stateOf: ({ step }) => stateAt(step),
        train,
        metaDev,
        batches,
        metric: metricFor(golden),
        recipe: {
          optimizer: optimizerOf(golden),
          schedule: "constant",
          batchSize: batches.batchSize,
          steps,
        },
      },
      { explosion: Infinity, ...options },
    );
    const { dTheta, dWeights } = result;
    if (!dTheta)
      return {
        name: golden.name,
        passed: false,
        deviations: [missing(result.status)],
        bias: { cosine: Number.NaN, error: Number.NaN },
      };
    const tolerance =
      golden.notes.optimizer.kind === "adam" || golden.name.startsWith("resnet") ? 1e-4 : 1e-5;
    const weights = await Promise.all(order.map((i) => student.variables[i]!.data()));
    const compare = (tensor: string, out: ArrayLike<number>, ref: GoldenTensor): Deviation => ({
      tensor,
      ...relativeError(out, ref.data),
      tolerance,
    });
    const deviations = [
      ...Object.entries(golden.expected.dtheta).map(([name, ref]) =>
        compare(`dθ.${name}`, dTheta[name]!.data, ref),
      ),
      // Estimators that don't reach ω₀ have no dω₀.
      ...golden.expected.dw0.flatMap((ref, i) =>
        dWeights ? compare(`dω₀[${i}]`, dWeights[order[i]!]!.data, ref) : [],
      ),
      ...golden.expected.wT.map((ref, i) => compare(`ω_T[${i}]`, weights[i]!, ref)),
      compare("M", [result.metric], { shape: [1], data: [golden.expected.metric] }),
    ];
    const passed = deviations.every((d) => d.error <= d.tolerance);
    return { name: golden.name, deviations, passed, bias: biasOf(dTheta, golden.expected.dtheta) };
  } finally {
    train.dispose();
    metaDev.dispose();
    model.dispose();
  }
}

export function biasOf(
  out: Readonly<Record<string, PlainTensor>>,
  expected: Readonly<Record<string, GoldenTensor>>,
): Bias {
  const ref = Object.values(expected).flatMap(({ data }) => data);
  const values = Object.keys(expected).flatMap((name) => Array.from(out[name]!.data));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const cosine = dot(values, ref) / Math.sqrt(dot(values, values) * dot(ref, ref));
  return { cosine, error: relativeError(values, ref).error };
}

/** The case's batches in their order, which may differ in size; all of them lie in one set of examples. */
function recordedBatches({ batches }: GoldenCase): Batches {
  const sizes = batches.map(({ y }) => y.length);
  const starts = sizes.map((_, step) => sizes.slice(0, step).reduce((a, b) => a + b, 0));
  return {
    batchSize: Math.max(...sizes),
    indices: (step) => Int32Array.from({ length: sizes[step]! }, (_, i) => starts[step]! + i),
  };
}

function missing(status: string): Deviation {
  return { tensor: `(${status})`, error: Number.NaN, tolerance: 0, norm: Number.NaN };
}

export function relativeError(
  out: ArrayLike<number>,
  ref: readonly number[],
): { error: number; norm: number } {
  let [difference, norm] = [0, 0];
  for (const [i, r] of ref.entries()) {
    difference += (out[i]! - r) ** 2;
    norm += r ** 2;
  }
  return { error: Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm)), norm: Math.sqrt(norm) };
}

/** Sets ω₀; gives for each of the case's weights its place among the student's variables. */
function loadWeights(
  golden: GoldenCase,
  variables: readonly tf.Variable[],
  weighted: ReturnType<typeof buildGoldenStudent>["weighted"],
): number[] {
  const inOrder = weighted.flatMap((layer) => layer.trainableWeights.map((w) => w.read() as tf.Variable));
  for (const [i, variable] of inOrder.entries()) {
    const ref = golden.w0[i];
    if (!ref || ref.shape.join() !== variable.shape.join())
      throw new LecternError(
        "invalid-data",
        `${golden.name}: w0[${i}] has shape [${ref?.shape.join(", ") ?? "none"}], the student wants [${variable.shape.join(", ")}].`,
        "Order w0 as the reference script does.",
      );
    const value = tf.tensor(Float32Array.from(ref.data), ref.shape);
    variable.assign(value);
    value.dispose();
  }
  return inOrder.map((variable) => variables.indexOf(variable));
}

function joined(parts: readonly { x: GoldenTensor; y: number[] }[]): { x: tf.Tensor; y: Int32Array } {
  const shape = [parts.reduce((n, { y }) => n + y.length, 0), ...parts[0]!.x.shape.slice(1)];
  return {
    x: tf.tensor(Float32Array.from(parts.flatMap(({ x }) => x.data)), shape),
    y: Int32Array.from(parts.flatMap(({ y }) => y)),
  };
}

function metricFor({ notes, name }: GoldenCase): Metric {
  if (notes.metric === "dev-cross-entropy") return devCrossEntropy;
  const sharpness = /^soft-error, k = (\d+(?:\.\d+)?)$/.exec(notes.metric)?.[1];
  if (sharpness) return metricOf(`soft-error:${sharpness}`);
  throw new LecternError(
    "unsupported",
    `${name}: unknown metric "${notes.metric}".`,
    'Its notes may say "dev-cross-entropy" or "soft-error, k = NUMBER".',
  );
}

/** The optimizer that a case was computed with. */
export function optimizerOf({ notes: { optimizer: o } }: GoldenCase): OptimizerSpec {
  const base = { learningRate: o.lr, weightDecay: o.weightDecay ?? 0 };
  if (o.kind === "sgd") return { kind: "sgd", ...base };
  if (o.kind === "momentum") return { kind: "momentum", ...base, momentum: o.momentum ?? 0 };
  return {
    kind: "adam",
    ...base,
    beta1: o.beta1 ?? 0.9,
    beta2: o.beta2 ?? 0.999,
    epsilon: o.epsilon ?? 1e-7,
  };
}
