import * as tf from "@tensorflow/tfjs-core";
import { createBatches, openExamples, type Batches, type Examples } from "@lectern/client/lesson";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { batchesWithNoise } from "../overlay/index.ts";
import type { Task } from "../task/index.ts";
import { openAugmented } from "./augmented.ts";

export interface LessonDataOptions {
  readonly rows: { readonly x: Float32Array; readonly y: Int32Array };
  readonly batchSize: number;
  /** Of the student: what its layers draw is seeded, too. */
  readonly model: LayersModel;
  readonly seeds: { readonly batches: number; readonly noise: number };
}

/** What one student learns from, step by step: the task's augmentation is done, and noise drawn, as a step begins. */
export async function openLessonData(
  { classNames, inputShape, spec }: Pick<Task, "classNames" | "inputShape" | "spec">,
  { rows, batchSize, model, seeds }: LessonDataOptions,
): Promise<{ readonly train: Examples; readonly batches: Batches }> {
  const classes = classNames.length;
  const order = createBatches(rows.y.length, batchSize, seeds.batches);
  const { train, batches } = spec.augment
    ? openAugmented({
        rows,
        shape: inputShape,
        classes,
        batches: order,
        augmentation: spec.augment,
        seed: seeds.noise,
      })
    : { train: await openRows(rows, { classes, classNames, inputShape }), batches: order };
  return { train, batches: batchesWithNoise(batches, model, seeds.noise) };
}

async function openRows(
  { x, y }: LessonDataOptions["rows"],
  { classes, classNames, inputShape }: Pick<Task, "classNames" | "inputShape"> & { readonly classes: number },
): Promise<Examples> {
  const rows = tf.tensor(x, [y.length, ...inputShape]);
  const labels = tf.tensor1d(y, "int32");
  return openExamples({ x: rows, y: labels }, { classes, classNames, what: "train" }).finally(() =>
    tf.dispose([rows, labels]),
  );
}
