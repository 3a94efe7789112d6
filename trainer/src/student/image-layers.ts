import { LecternError } from "@lectern/shared/errors";
import { layers } from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { StudentOptions } from "./options.ts";

/** Layers that the convolutional students are made of. Kernels are 0 until `drawInitialWeights`. */
export interface ImageLayers {
  convolve(x: SymbolicTensor, name: string, filters: number, size: number, stride?: number): SymbolicTensor;
  /** Batch norm as the papers have it: ε 1e-5, momentum 0.9 for the moving statistics. */
  normalise(x: SymbolicTensor, name: string): SymbolicTensor;
  activate(x: SymbolicTensor, name: string): SymbolicTensor;
}

export function imageLayers({ activation = "relu" }: StudentOptions): ImageLayers {
  return {
    convolve: (x, name, filters, kernelSize, strides = 1) =>
      layers
        .conv2d({
          filters,
          kernelSize,
          strides,
          padding: "same",
          useBias: false,
          kernelInitializer: "zeros",
          name: `${name}-conv`,
        })
        .apply(x) as SymbolicTensor,
    normalise: (x, name) =>
      layers
        .batchNormalization({ epsilon: 1e-5, momentum: 0.9, name: `${name}-norm` })
        .apply(x) as SymbolicTensor,
    activate: (x, name) =>
      layers.activation({ activation, name: `${name}-${activation}` }).apply(x) as SymbolicTensor,
  };
}

/** Global average pooling, then logits. */
export function classify(x: SymbolicTensor, classes: number): SymbolicTensor {
  const pooled = layers.globalAveragePooling2d({ name: "pool" }).apply(x);
  const logits = layers.dense({ units: classes, kernelInitializer: "zeros", name: "logits" }).apply(pooled);
  return logits as SymbolicTensor;
}

/** Two halvings leave at least one pixel. */
const smallestSide = 4;

/** @throws LecternError `invalid-argument` for inputs that aren't images of at least 4 × 4 */
export function expectImages(name: string, { inputShape }: StudentOptions): void {
  const side = Math.min(inputShape[0]!, inputShape[1] ?? 0);
  if (inputShape.length !== 3 || side < smallestSide)
    throw new LecternError(
      "invalid-argument",
      `Student ${name} got inputs of shape [${inputShape.join(", ")}], expected images [height, width, channels] of at least ${smallestSide} × ${smallestSide}.`,
      "Use the student mlp, or larger images.",
    );
}
