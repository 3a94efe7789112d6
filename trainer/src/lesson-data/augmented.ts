import * as tf from "@tensorflow/tfjs-core";
import type { Batches, Examples } from "@lectern/client/lesson";
import { augmentRows, type Augmentation } from "../task/index.ts";

export interface AugmentedOptions {
  readonly rows: { readonly x: Float32Array; readonly y: Int32Array };
  /** Of one example: [height, width, channels]. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly batches: Batches;
  readonly augmentation: Augmentation;
  /** Of the lesson: a 32-bit integer. */
  readonly seed: number;
}

/**
 * Examples and batches that belong together: asking for a step's indices, by which a lesson and each of its replays begin
 * a step, makes that step's batch of changed pictures and leaves it in `train`, whose rows the indices then are. A step's
 * batch is a function of the seed, so that the reverse pass sees what the student saw.
 */
export function openAugmented({ rows, shape, classes, batches, augmentation, seed }: AugmentedOptions): {
  readonly train: Examples;
  readonly batches: Batches;
} {
  const { batchSize } = batches;
  const places = Int32Array.from({ length: batchSize }, (_, i) => i);
  let step = -1;
  let current: { x: tf.Tensor; y: tf.Tensor } | undefined;
  const at = (wanted: number): { x: tf.Tensor; y: tf.Tensor } => {
    if (current && wanted === step) return current;
    if (current) tf.dispose([current.x, current.y]);
    step = wanted;
    const indices = batches.indices(step);
    current = {
      x: tf.tensor(augmentRows(rows.x, indices, shape, { ...augmentation, seed, step }), [
        batchSize,
        ...shape,
      ]),
      y: tf.tensor1d(
        Int32Array.from(indices, (row) => rows.y[row]!),
        "int32",
      ),
    };
    return current;
  };
  return {
    train: {
      count: rows.y.length,
      classes,
      get x() {
        return at(Math.max(step, 0)).x;
      },
      get y() {
        return at(Math.max(step, 0)).y;
      },
      dispose() {
        if (current) tf.dispose([current.x, current.y]);
        current = undefined;
      },
    },
    batches: {
      batchSize,
      indices(wanted) {
        at(wanted);
        return places;
      },
    },
  };
}
