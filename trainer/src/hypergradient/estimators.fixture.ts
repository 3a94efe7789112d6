import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { createBatches, openExamples, openStudent, type Guide } from "@lectern/client/lesson";
import type { OptimizerSpec } from "@lectern/shared/schema";
import {
  emit,
  families,
  initialTheta,
  plainAlgebra,
  robustStart,
  type PlainTensor,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { batchesWithNoise } from "../overlay/index.ts";
import { drawInitialWeights } from "../student/index.ts";
import { createRandom } from "../task/index.ts";
import { devCrossEntropy } from "./metric.ts";
import type { HypergradientProblem } from "./problem.ts";

const host = plainAlgebra(Float64Array);

export interface SmallProblem {
  readonly problem: HypergradientProblem;
  /** ω₀ into the student again. */
  reset(): void;
  dispose(): void;
}

export interface SmallProblemOptions {
  readonly optimizer: OptimizerSpec;
  readonly steps: number;
  /** 0: softmax regression, as good as a quadratic. */
  readonly hidden?: number;
  readonly activation?: "tanh" | "relu";
  readonly schedule?: "constant" | "cosine";
  /** Batch norm behind the hidden layer. */
  readonly batchNorm?: boolean;
  /** Share that a dropout layer behind the hidden layer drops, by masks seeded for each step. */
  readonly dropout?: number;
  readonly everySteps?: number;
}

/** A student of a few weights on random data of three classes, under a mixed teacher that emits every 3 steps. */
export async function openSmallProblem({
  optimizer,
  steps,
  hidden = 6,
  activation = "tanh",
  schedule = "cosine",
  batchNorm = false,
  dropout = 0,
  everySteps = 3,
}: SmallProblemOptions): Promise<SmallProblem> {
  const [inputs, classes, count] = [5, 3, 24];
  const { layers } = tfl;
  const model = tfl.sequential({
    layers: [
      layers.inputLayer({ inputShape: [inputs] }),
      ...(hidden > 0 ? [layers.dense({ units: hidden, activation })] : []),
      ...(batchNorm ? [layers.batchNormalization()] : []),
      ...(dropout > 0 ? [layers.dropout({ rate: dropout })] : []),
      layers.dense({ units: classes }),
    ],
  });
  drawInitialWeights(model, 3);
  const student = openStudent(model, classes, "logits");
  const random = createRandom(7);
  const draw = (n: number) => Float32Array.from({ length: n }, () => 2 * uniformFloat32(random) - 1);
  const open = (what: string) => {
    const x = tf.tensor(draw(count * inputs), [count, inputs]);
    const y = Int32Array.from({ length: count }, () => Math.floor(3 * uniformFloat32(random)));
    return openExamples({ x, y }, { classes, classNames: [], what }).finally(() => x.dispose());
  };
  const [train, metaDev] = [await open("train"), await open("meta-dev")];
  const spec: TeacherSpec = {
    family: "mixed",
    architecture: { kind: "attention", keys: 2 },
    classes,
    features: 2,
  };
  const theta: Record<string, PlainTensor> = initialTheta(spec, 11, { ...robustStart, readerSpread: 0.5 });
  const stateOf = (time: number) => Float64Array.of(time, 1);
  const guide: Guide = {
    measurement: { everySteps, devExamples: 0, trainBatches: 1 },
    needsDev: false,
    emit: ({ time }) => emit(host, spec, theta, host.tensor(stateOf(time), [2])),
    losses: (A, phi, logits, target) => families.mixed.losses(A, phi, logits, target),
  };
  const start = [...student.variables, ...student.statistics].map((v) => v.clone());
  const all = [...student.variables, ...student.statistics];
  return {
    problem: {
      student,
      spec,
      theta,
      guide,
      stateOf: ({ state }) => stateOf(state.time),
      train,
      metaDev,
      batches: batchesWithNoise(createBatches(count, 8, 5), model, 13),
      metric: devCrossEntropy,
      recipe: { optimizer, schedule, batchSize: 8, steps },
    },
    reset() {
      for (const [i, v] of all.entries()) v.assign(start[i]!);
    },
    dispose() {
      tf.dispose(start);
      train.dispose();
      metaDev.dispose();
      model.dispose();
    },
  };
}
