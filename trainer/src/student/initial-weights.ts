import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { createRandom, deriveSeed } from "../task/index.ts";

/**
 * Draws a model's weights from a seed: kernels Glorot uniform, U(−√(6/(fanIn + fanOut)), +√(…)) (Glorot & Bengio
 * 2010, equation 16), biases zero; other weights stay. Every kernel has a seed of its own, from its place in the model.
 *
 * Not by TensorFlow.js' initialisers: ours give the same bits on every backend and in every thread, at a tenth of the
 * time.
 */
export function drawInitialWeights(model: LayersModel, seed: number): void {
  model.weights.forEach((weight, place) => {
    const shape = weight.shape.map((size) => size ?? 1);
    if (weight.originalName.endsWith("/kernel"))
      write(weight, tf.tensor(drawKernel(shape, deriveSeed(seed, "student", place)), shape));
    else if (weight.originalName.endsWith("/bias")) write(weight, tf.zeros(shape));
  });
}

function write(weight: LayersModel["weights"][number], value: tf.Tensor): void {
  weight.write(value);
  value.dispose();
}

/** A dense kernel is [in, out], a convolution's [height, width, in, out]. */
function drawKernel(shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  const out = shape.at(-1)!;
  const receptive = size / (out * shape.at(-2)!);
  const limit = Math.sqrt(6 / (size / out + receptive * out));
  const random = createRandom(seed);
  const kernel = new Float32Array(size);
  for (let i = 0; i < size; i++) kernel[i] = limit * (2 * uniformFloat32(random) - 1);
  return kernel;
}
