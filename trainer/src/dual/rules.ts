import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { activationNames, type ActivationName } from "./activation.ts";
import { batchNormRule } from "./batch-norm.ts";
import { convolutionRule } from "./convolution.ts";
import { denseRule } from "./dense.ts";
import { maxPoolRule, type PoolForm } from "./pooling.ts";
import type { LayerRule } from "./rule.ts";
import {
  activationRule,
  addReluRule,
  addRule,
  compose,
  globalAverageRule,
  reshapeRule,
} from "./shape-rules.ts";

type Layer = layers.Layer;
type Config = ReturnType<Layer["getConfig"]>;

/** What computes a tensor: a rule, the layer whose weights it takes, and what it reads. */
export interface Step {
  readonly rule: LayerRule;
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
}

const activationIn = ({ activation }: Config): ActivationName | undefined =>
  activationNames.find((name) => name === (activation ?? "linear"));

const inputRank = (tensor: SymbolicTensor): number => tensor.inputs[0]!.shape.length;

/** All weights of the layer train: a rule takes each one's direction. */
const trainsAll = (layer: Layer, count: number): boolean => layer.trainableWeights.length === count;

const pair = (value: unknown): [number, number] => {
  const [first, second = first] = [value].flat() as number[];
  return [first!, second!];
};

const isChannelsLast = ({ dataFormat }: Config): boolean => dataFormat !== "channelsFirst";

/** The layer without its activation, by class; null as it is set up. */
const linearRules: Readonly<
  Record<string, (layer: Layer, tensor: SymbolicTensor, config: Config) => LayerRule | null>
> = {
  Activation: () => activationRule("linear"),
  ReLU: (_, __, { maxValue }) =>
    maxValue === null || maxValue === undefined ? activationRule("relu") : null,
  Add: () => addRule,
  BatchNormalization: (layer, tensor, config) =>
    isPlainNorm(layer, tensor, config) ? norm(config, false) : null,
  Conv2D(layer, _, config) {
    const { strides, padding, dilationRate, useBias } = config;
    const dilated = [dilationRate ?? 1].flat().some((rate) => rate !== 1);
    if (dilated || !isChannelsLast(config) || !trainsAll(layer, useBias ? 2 : 1)) return null;
    return convolutionRule({ strides: pair(strides), pad: padding as "same" | "valid" });
  },
  Dense: (layer, tensor, { useBias }) =>
    inputRank(tensor) === 2 && trainsAll(layer, useBias ? 2 : 1) ? denseRule : null,
  Flatten: (_, __, config) => (isChannelsLast(config) ? reshapeRule((batch) => [batch, -1]) : null),
  GlobalAveragePooling2D: (_, __, config) => (isChannelsLast(config) ? globalAverageRule : null),
  MaxPooling2D: (_, __, config) => (isChannelsLast(config) ? maxPoolRule(poolForm(config)) : null),
};

const isPlainNorm = (layer: Layer, tensor: SymbolicTensor, { axis }: Config): boolean =>
  trainsAll(layer, 2) && (axis === -1 || axis === inputRank(tensor) - 1);

const norm = ({ epsilon }: Config, relu: boolean): LayerRule => batchNormRule(epsilon as number, relu);

const poolForm = ({ poolSize, strides, padding }: Config): PoolForm => ({
  filterSize: pair(poolSize),
  strides: pair(strides),
  pad: padding as "same" | "valid",
});

function linearRule(layer: Layer, tensor: SymbolicTensor): LayerRule | null {
  const name = layer.getClassName();
  return Object.hasOwn(linearRules, name) ? linearRules[name]!(layer, tensor, layer.getConfig()) : null;
}

/**
 * What computes a tensor, or null if there is no rule for it. Where nothing else reads what a layer gives (`alone`), two
 * layers are one step: batch norm or a sum and the relu behind it, a convolution's activation and the max-pooling behind it.
 */
export function stepOf(tensor: SymbolicTensor, alone: (tensor: SymbolicTensor) => boolean): Step | null {
  const { sourceLayer: layer, inputs } = tensor;
  const config = layer.getConfig();
  const [before] = inputs;
  const fused = before && alone(before) ? withLayerBefore(layer, config, before, alone) : null;
  if (fused) return fused;
  const rule = linearRule(layer, tensor);
  const activation = activationIn(config);
  if (!rule || !activation) return null;
  return { layer, inputs, rule: activation === "linear" ? rule : compose(rule, activationRule(activation)) };
}

function withLayerBefore(
  layer: Layer,
  config: Config,
  before: SymbolicTensor,
  alone: (tensor: SymbolicTensor) => boolean,
): Step | null {
  const { sourceLayer: first, inputs } = before;
  const firstConfig = first.getConfig();
  const step = (rule: LayerRule): Step => ({ rule, layer: first, inputs });
  if (isRelu(layer, config)) {
    if (first.getClassName() === "Add") return normBehind(inputs, alone) ?? step(addReluRule);
    if (first.getClassName() === "BatchNormalization" && isPlainNorm(first, before, firstConfig))
      return step(norm(firstConfig, true));
  }
  if (
    layer.getClassName() === "MaxPooling2D" &&
    first.getClassName() === "Conv2D" &&
    isChannelsLast(config)
  ) {
    const rule = linearRule(first, before);
    const activation = activationIn(firstConfig);
    if (rule && activation) return step(compose(rule, maxPoolRule(poolForm(config), activation)));
  }
  return null;
}

/** A sum of two with a relu behind it as part of the batch norm that gives one of its terms. */
function normBehind(
  terms: readonly SymbolicTensor[],
  alone: (tensor: SymbolicTensor) => boolean,
): Step | null {
  const isNorm = ({ sourceLayer }: SymbolicTensor) => sourceLayer.getClassName() === "BatchNormalization";
  const norm = terms.find((term) => isNorm(term) && alone(term));
  const other = terms.find((term) => term !== norm);
  if (!norm || !other || terms.length !== 2) return null;
  const { sourceLayer: layer, inputs } = norm;
  const config = layer.getConfig();
  if (!isPlainNorm(layer, norm, config)) return null;
  return { layer, inputs: [inputs[0]!, other], rule: batchNormRule(config["epsilon"] as number, true) };
}

function isRelu(layer: Layer, { activation, maxValue }: Config): boolean {
  if (layer.getClassName() === "Activation") return activation === "relu";
  return layer.getClassName() === "ReLU" && (maxValue === null || maxValue === undefined);
}
