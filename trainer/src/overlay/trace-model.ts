import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { holdMovingStatistics } from "./moving-statistics.ts";
import { isClone, recordTape, tape, type TapeRecord } from "./tape.ts";
import { layersOf, type Layer } from "./visit-layers.ts";

export interface ModelTrace extends TapeRecord {
  /** Of a kernel that a layer's forward pass ran, the layers that did. */
  layersUsing(kernelName: string): readonly Layer[];
  /** Outputs of two forward passes in training mode: the same, if nothing is drawn at random behind the scenes. */
  readonly outputs: readonly [tf.Tensor, tf.Tensor];
}

/** Where an axis is open, such as a sequence's length. */
const OPEN_AXIS = 3;

/**
 * Runs what meta-training will run of a model, on the backend in use: a forward pass in training mode, its gradient, and
 * the gradient of that. The model's weights and moving statistics stay as they are. Inputs are ½ everywhere, which as a
 * word is number 0.
 *
 * @param batchSize examples in the batch
 * @returns what ran; the caller disposes `outputs`
 * @throws whatever an operation throws that has no gradient, or no kernel on the backend
 */
export function traceModel(model: LayersModel, batchSize: number): ModelTrace {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const shapes = model.inputs.map(({ shape }) => shape.slice(1).map((size) => size ?? OPEN_AXIS));
  const uses = new Map<string, Layer[]>();
  const unwatch = watchLayers(model, uses);
  try {
    let record: TapeRecord = { forward: [], backward: [] };
    const outputs = holdMovingStatistics(model, () =>
      tf.tidy((): [tf.Tensor, tf.Tensor] => {
        const x = shapes.map((shape) => tf.mul(tf.ones([batchSize, ...shape]), 0.5));
        const forward = (): tf.Tensor => {
          const outputs = [model.apply(x, { training: true })].flat() as tf.Tensor[];
          return tf.concat(outputs.map((output) => tf.reshape(output, [-1])));
        };
        let first: tf.Tensor | undefined;
        const twice = tf.variableGrads(() => {
          const recorder = recordTape(variables);
          const once = tf.variableGrads(() => {
            const y = forward();
            first = tf.keep(y.clone());
            const loss = tf.mean(tf.square(y)) as tf.Scalar;
            const total = model
              .calculateLosses()
              .reduce((sum: tf.Scalar, penalty) => tf.add(sum, penalty), loss);
            recorder.forwardDone();
            return total;
          }, variables);
          record = recorder.gradientDone();
          return Object.values(once.grads)
            .map((gradient) => tf.sum(tf.square(gradient)))
            .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
        }, variables);
        tf.dispose([twice.value, twice.grads]);
        return [first!, forward()];
      }),
    );
    return { ...record, layersUsing: (name) => uses.get(name) ?? [], outputs };
  } finally {
    unwatch();
  }
}

/** Notes which kernels each layer's call puts on the tape, until the function that it gives is called. */
function watchLayers(model: LayersModel, uses: Map<string, Layer[]>): () => void {
  const watched = layersOf(model).map((layer) => {
    const own = Object.hasOwn(layer, "call");
    const { call } = layer;
    layer.call = (...given) => {
      const start = tape().length;
      const result = call.apply(layer, given);
      for (const node of tape().slice(start)) {
        if (isClone(node)) continue;
        const { kernelName } = node;
        const users = uses.get(kernelName) ?? [];
        if (!users.includes(layer)) uses.set(kernelName, [...users, layer]);
      }
      return result;
    };
    return () => {
      if (own) layer.call = call;
      else Reflect.deleteProperty(layer, "call");
    };
  });
  return () => {
    for (const restore of watched) restore();
  };
}
