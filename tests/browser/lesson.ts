import type { Emission, Teacher } from "@lectern/client";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildStudent } from "../../client/page/classroom/student.ts";
import { generateGlyphs } from "../../client/src/glyphs/index.ts";

/** What a lesson left behind, as JSON can carry it. */
export interface LessonRecord {
  readonly backend: string;
  readonly status: string;
  /** Mean −log p_y over the training set. */
  readonly crossEntropy: { readonly before: number; readonly after: number };
  readonly emissions: readonly {
    readonly step: number;
    readonly state: Emission["state"];
    readonly phi: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly weights: readonly (readonly number[])[];
  /** Tensors alive before the lesson and after it. */
  readonly tensors: { readonly before: number; readonly after: number };
}

/** Teaches a tiny student on the backend in use. The test runs this very function in the browser and in Node. */
export async function teachTinyStudent(teacher: Teacher, steps: number): Promise<LessonRecord> {
  const draw = (count: number, seed: number) => {
    const { images, labels, shape } = generateGlyphs({ count, seed, size: 8 });
    return { x: tf.tensor(images, [count, ...shape]), y: tf.tensor1d(labels, "int32") };
  };
  const [train, dev] = [draw(320, 11), draw(100, 12)];
  const model = buildStudent({ inputShape: [8, 8, 1], classes: 10, seed: 5, student: [16] });
  const before = tf.memory().numTensors;
  const start = await crossEntropy(model, train);
  const { status, emissions } = await teacher.teach(model, { train, dev, steps, seed: 3 });
  const end = await crossEntropy(model, train);
  const after = tf.memory().numTensors;
  const weights = await Promise.all(
    model.getWeights().map(async (weight) => Array.from(await weight.data())),
  );
  tf.dispose([train, dev]);
  model.dispose();
  return {
    backend: tf.getBackend(),
    status,
    crossEntropy: { before: start, after: end },
    emissions: emissions.map(({ step, state, phi }) => ({
      step,
      state,
      phi: Object.fromEntries(Object.entries(phi).map(([name, { data }]) => [name, [...data]])),
    })),
    weights,
    tensors: { before, after },
  };
}

async function crossEntropy(model: LayersModel, { x, y }: { x: tf.Tensor; y: tf.Tensor1D }): Promise<number> {
  const mean = tf.tidy(() => {
    const logP = tf.logSoftmax(model.apply(x, { training: false }) as tf.Tensor);
    return tf.neg(tf.mean(tf.sum(tf.mul(logP, tf.oneHot(y, 10)), 1)));
  });
  const [value] = await mean.data();
  mean.dispose();
  return value!;
}
