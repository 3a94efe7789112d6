import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Glyphs } from "../../src/glyphs/index.ts";

/** Clean images that a student is asked about, on the backend. Dispose it. */
export interface Examination {
  /** The class that the student gives each image. */
  answer(student: LayersModel): Promise<Int32Array>;
  dispose(): void;
}

export function createExamination({ images, labels, shape }: Glyphs): Examination {
  const x = tf.tensor(images, [labels.length, ...shape]);
  return {
    async answer(student) {
      const predicted = tf.tidy(() => tf.argMax(student.apply(x, { training: false }) as tf.Tensor, 1));
      const classes = Int32Array.from(await predicted.data());
      predicted.dispose();
      return classes;
    },
    dispose: () => x.dispose(),
  };
}
