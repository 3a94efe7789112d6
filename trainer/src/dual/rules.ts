import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { activationNames, type ActivationName } from "./activation.ts";
import { batchNormRule } from "./batch-norm.ts";
import { convolutionRule } from "./convolution.ts";
import { denseRule } from "./dense.ts";
import { maxPoolRule } from "./pooling.ts";
import type { LayerRule } from "./rule.ts";
import { activationRule, addRule, globalAverageRule, reshapeRule } from "./shape-rules.ts";

type Layer = layers.Layer;
type Config = ReturnType<Layer["getConfig"]>;

const activationIn = ({ activation }: Config): ActivationName | undefined =>
  activationNames.find((name) => name === (activation ?? "linear"));

const inputRank = (tensor: SymbolicTensor): number => tensor.inputs[0]!.shape.length;

/** All weights of the layer train: a rule takes each one's direction. */
const trainsAll = (layer: Layer, count: number): boolean => layer.trainableWeights.length === count;

const factories: Readonly<
  Record<string, (layer: Layer, tensor: SymbolicTensor, config: Config) => LayerRule | null>
> = {
  Activation(_, __, config) {
    const activation = activationIn(config);
    return activation ? activationRule(activation) : null;
  },
  ReLU: (_, __, { maxValue }) =>
    maxValue === null || maxValue === undefined ? activationRule("relu") : null,
  Add: () => addRule,
  BatchNormalization(layer, tensor, { epsilon, axis }) {
    const rank = inputRank(tensor);
    return trainsAll(layer, 2) && (axis === -1 || axis === rank - 1)
      ? batchNormRule(epsilon as number)
      : null;
  },
  Conv2D(layer, _, config) {
    const activation = activationIn(config);
    const dilated = [config["dilationRate"] ?? 1].flat().some((rate) => rate !== 1);
    const { strides, padding, dataFormat, useBias } = config;
    if (!activation || dilated || dataFormat === "channelsFirst" || !trainsAll(layer, useBias ? 2 : 1))
      return null;
    return convolutionRule({ strides: pair(strides), pad: padding as "same" | "valid", activation });
  },
  Dense(layer, tensor, config) {
    const activation = activationIn(config);
    return activation && inputRank(tensor) === 2 && trainsAll(layer, config["useBias"] ? 2 : 1)
      ? denseRule(activation)
      : null;
  },
  Flatten: (_, __, { dataFormat }) =>
    dataFormat === "channelsFirst" ? null : reshapeRule((batch) => [batch, -1]),
  GlobalAveragePooling2D: (_, __, { dataFormat }) =>
    dataFormat === "channelsFirst" ? null : globalAverageRule,
  MaxPooling2D: (_, __, { poolSize, strides, padding, dataFormat }) =>
    dataFormat === "channelsFirst"
      ? null
      : maxPoolRule({ filterSize: pair(poolSize), strides: pair(strides), pad: padding as "same" | "valid" }),
};

const pair = (value: unknown): [number, number] => {
  const [first, second = first] = [value].flat() as number[];
  return [first!, second!];
};

/** The layer's rule as it is set up; null if it has none. */
export function ruleFor(layer: Layer, tensor: SymbolicTensor): LayerRule | null {
  const factory = Object.hasOwn(factories, layer.getClassName())
    ? factories[layer.getClassName()]
    : undefined;
  return factory?.(layer, tensor, layer.getConfig()) ?? null;
}
