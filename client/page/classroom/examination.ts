import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Examples } from "./lesson-data.ts";

/** Clean examples that a student is asked about, on the backend. Dispose it. */
export interface Examination {
  /** The class that the student gives each example. */
  answer(student: LayersModel): Promise<Int32Array>;
  dispose(): void;
}

/** Examples in a forward pass: bounds the memory that a convolutional student takes. */
const chunk = 1000;

export function createExamination({ x: values, labels, shape }: Examples): Examination {
  const count = labels.length;
  const x = tf.tensor(values, [count, ...shape]);
  return {
    async answer(student) {
      const predicted = tf.tidy(() => {
        const parts: tf.Tensor[] = [];
        for (let start = 0; start < count; start += chunk) {
          const some = tf.slice(x, start, Math.min(chunk, count - start));
          parts.push(tf.argMax(student.apply(some, { training: false }) as tf.Tensor, 1));
        }
        return tf.concat(parts);
      });
      const classes = Int32Array.from(await predicted.data());
      predicted.dispose();
      return classes;
    },
    dispose: () => x.dispose(),
  };
}
