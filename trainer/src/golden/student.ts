import * as tfl from "@tensorflow/tfjs-layers";
import { LecternError } from "@lectern/shared/errors";
import type { GoldenCase } from "./format.ts";

/** A golden case's model, and its weighted layers in the order of the case's w0. */
export interface GoldenModel {
  readonly model: tfl.LayersModel;
  readonly weighted: readonly tfl.layers.Layer[];
}

type Shape = readonly number[];
type Build = (weights: readonly Shape[], input: Shape) => GoldenModel;

const { layers } = tfl;

const dense: Build = (weights, input) => {
  const last = weights.length - 2;
  const weighted = weights
    .filter((_, i) => i % 2 === 0)
    .map((shape, i) =>
      layers.dense({
        units: shape[1]!,
        activation: 2 * i < last ? "tanh" : "linear",
        ...(i === 0 && { inputShape: [...input] }),
      }),
    );
  return { model: tfl.sequential({ layers: weighted }), weighted };
};

/** Valid convolutions with tanh and 2×2 max-pooling, then dense layers with tanh, the last linear. */
const lenet: Build = (weights, input) => {
  const model = tfl.sequential();
  const weighted: tfl.layers.Layer[] = [];
  const add = (layer: tfl.layers.Layer) => {
    model.add(layer);
    weighted.push(layer);
  };
  model.add(layers.inputLayer({ inputShape: [...input] }));
  for (let i = 0; i < weights.length; i += 2) {
    const shape = weights[i]!;
    if (shape.length === 4) {
      const [kh, kw, , filters] = shape as [number, number, number, number];
      add(layers.conv2d({ filters, kernelSize: [kh, kw], padding: "valid", activation: "tanh" }));
      model.add(layers.maxPooling2d({ poolSize: 2 }));
      continue;
    }
    if (weights[i - 2]?.length === 4) model.add(layers.flatten());
    add(layers.dense({ units: shape[1]!, activation: i < weights.length - 2 ? "tanh" : "linear" }));
  }
  return { model, weighted };
};

/** Conv, batch norm, relu; residual blocks of two; relu; global mean; dense. */
const resnet: Build = (weights, input) => {
  const weighted: tfl.layers.Layer[] = [];
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const normalised = (i: number, x: tfl.SymbolicTensor) => {
    const [kh, kw, , filters] = weights[3 * i] as [number, number, number, number];
    const conv = layers.conv2d({ filters, kernelSize: [kh, kw], padding: "same", useBias: false });
    const norm = layers.batchNormalization({ epsilon: 1e-3 });
    weighted.push(conv, norm);
    return apply(norm, apply(conv, x));
  };
  const relu = (x: tfl.SymbolicTensor) => apply(layers.reLU(), x);
  const convolutions = (weights.length - 2) / 3;
  const image = tfl.input({ shape: [...input] });
  let x = relu(normalised(0, image));
  for (let i = 1; i + 1 < convolutions; i += 2)
    x = relu(apply(layers.add(), [x, normalised(i + 1, relu(normalised(i, x)))]));
  const head = layers.dense({ units: weights.at(-1)![0]! });
  const output = apply(head, apply(layers.globalAveragePooling2d({}), x));
  weighted.push(head);
  return { model: tfl.model({ inputs: image, outputs: output }), weighted };
};

const builders: Readonly<Record<string, Build>> = { linear: dense, "tanh-mlp": dense, lenet, resnet };

/** The student that a case's name tells: linear…, tanh-mlp…, lenet…, resnet…, with the case's own shapes. */
export function buildGoldenStudent({ name, w0, batches }: GoldenCase): GoldenModel {
  const kind = Object.keys(builders).find((prefix) => name.startsWith(prefix));
  if (!kind)
    throw new LecternError(
      "unsupported",
      `The case "${name}" names no student that is known here.`,
      `Start its name with one of ${Object.keys(builders).join(", ")}.`,
    );
  try {
    const built = builders[kind]!(
      w0.map(({ shape }) => shape),
      batches[0]!.x.shape.slice(1),
    );
    const weights = built.model.trainableWeights.length;
    if (weights === w0.length) return built;
    built.model.dispose();
    throw new Error(`it has ${weights} weights`);
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${name}: no ${kind} student has ${w0.length} weights of the shapes in w0 (${(cause as Error).message}).`,
      "Give w0 as the reference script does.",
      { cause },
    );
  }
}
