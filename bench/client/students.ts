import { generateGlyphs } from "@lectern/client/glyphs";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildLenet, buildMlp, buildResnet8, type StudentBuilder } from "../../trainer/src/student/index.ts";

export type StudentName = "mlp" | "lenet" | "resnet8";

interface StudentCase {
  readonly build: StudentBuilder;
  readonly inputShape: readonly [number, number, number];
}

const cases: Readonly<Record<StudentName, StudentCase>> = {
  mlp: { build: buildMlp, inputShape: [28, 28, 1] },
  lenet: { build: buildLenet, inputShape: [28, 28, 1] },
  resnet8: { build: buildResnet8, inputShape: [32, 32, 3] },
};

export const studentNames = Object.keys(cases) as StudentName[];
export const classes = 10;

export const buildStudent = (name: StudentName): LayersModel => {
  const { build, inputShape } = cases[name];
  return build({ inputShape: [...inputShape], classes, seed: 3 });
};

/** Glyphs of the student's size; in colour, the same in each channel. */
export function drawData(name: StudentName, count: number, seed: number): { x: tf.Tensor; y: tf.Tensor1D } {
  const [size, , channels] = cases[name].inputShape;
  const { images, labels } = generateGlyphs({ count, seed, size });
  const x = tf.tidy(() => tf.tile(tf.tensor(images, [count, size, size, 1]), [1, 1, 1, channels]));
  return { x, y: tf.tensor1d(labels, "int32") };
}
