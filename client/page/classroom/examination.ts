import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Glyphs } from "../../src/glyphs/index.ts";

/** Clean images that a student is asked about, on the backend. Dispose it. */
export interface Examination {
  /** For each image, whether the student is right. */
  mark(student: LayersModel): Promise<readonly boolean[]>;
  dispose(): void;
}

export function createExamination({ images, labels, shape }: Glyphs): Examination {
  const x = tf.tensor(images, [labels.length, ...shape]);
  return {
    async mark(student) {
      const predicted = tf.tidy(() => tf.argMax(student.apply(x, { training: false }) as tf.Tensor, 1));
      const classes = await predicted.data();
      predicted.dispose();
      return Array.from(labels, (label, i) => label === classes[i]);
    },
    dispose: () => x.dispose(),
  };
}

/** Share of wrong answers, 0 … 1. */
export const errorOf = (right: readonly boolean[]): number =>
  right.filter((one) => !one).length / right.length;
