import * as tf from "@tensorflow/tfjs-core";
import {
  fixedGuide,
  oneHotRows,
  openStudent,
  teacherGuide,
  type Batch,
  type Guide,
  type Student,
} from "@lectern/client/lesson";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { byLayers } from "../dual/index.ts";
import { createRandom } from "../task/index.ts";
import { benchTeacher, drawNormal, type StepData } from "./step-data.ts";
import { classes, type BenchCase } from "./cases.ts";

/** A step's data on the backend. */
export interface OpenStep {
  readonly student: Student;
  readonly guide: Guide;
  readonly crossEntropy: Guide;
  readonly batch: Batch;
  readonly data: StepData;
  /** ω_t, in the order of the student's variables. */
  readonly weights: readonly tf.Tensor[];
  /** dω_{t+1}. */
  readonly directions: tf.Tensor[];
  dispose(): void;
}

const seed = 1;

/** Builds the case's student with the data's weights, and puts the batch and dω on the backend. */
export function openStep({ build, inputShape }: BenchCase, data: StepData): OpenStep {
  const model = build({ inputShape, classes, seed });
  const student = byLayers(openStudent(model, classes, "logits"));
  const names = variableNames(model);
  const random = createRandom(seed);
  const weights = student.variables.map((variable, i) => {
    const given = data.weights?.[names[i]!];
    if (given) {
      const value = tf.tensor(given.data, [...given.shape]);
      variable.assign(value);
      value.dispose();
    }
    return tf.clone(variable as tf.Tensor);
  });
  const directions = weights.map(({ size, shape }, i) => {
    const given = data.directions?.[names[i]!];
    return tf.tensor(given?.data ?? drawNormal(size, random), shape);
  });
  const batch: Batch = {
    x: tf.tensor(data.x.data, [...data.x.shape]),
    target: tf.tidy(() => oneHotRows(tf.tensor1d(data.y, "int32"), classes)),
  };
  const { theta } = data;
  return {
    student,
    guide: teacherGuide({
      spec: benchTeacher,
      theta,
      features: [],
      measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
    }),
    crossEntropy: fixedGuide("cross-entropy"),
    batch,
    data,
    weights,
    directions,
    dispose() {
      tf.dispose([...weights, ...directions, batch.x, batch.target]);
      model.dispose();
    },
  };
}

/** A name for each trainable variable that says what it is: its layer's and its own, such as `conv1/kernel`. */
export function variableNames(model: LayersModel): string[] {
  return model.trainableWeights.map(({ originalName }) => originalName);
}
