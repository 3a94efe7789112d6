import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { stepOf, type Step } from "./rules.ts";
import type { LayerRule } from "./rule.ts";

/** One application of a layer; `inputs` are places in {@link Graph.nodes}. */
export interface Node {
  readonly rule: LayerRule;
  readonly inputs: readonly number[];
  readonly variables: readonly tf.Variable[];
  /** Whether a trainable weight lies at or before it: if none does, no gradient goes there. */
  readonly trainable: boolean;
  /** Batch norm's moving statistics and how much of them a step keeps. */
  readonly moving:
    | { readonly mean: tf.Variable; readonly variance: tf.Variable; readonly momentum: number }
    | undefined;
  /** How many layers read its output. */
  readonly readers: number;
}

/** A model's layers in the order of computation: node 0 is the input, the last one the output. */
export interface Graph {
  readonly nodes: readonly (Node | undefined)[];
}

const known = new WeakMap<LayersModel, Graph | null>();

/** The model as layers with rules; null if any of them has none, so that the whole model goes by the tape. */
export function graphOf(model: LayersModel): Graph | null {
  let graph = known.get(model);
  if (graph === undefined) {
    // A regularizer's penalty belongs to no layer's rule.
    graph = tf.tidy(() => model.calculateLosses().length > 0) ? null : build(model);
    known.set(model, graph);
  }
  return graph;
}

function build(model: LayersModel): Graph | null {
  const nodes: (Node | undefined)[] = [];
  const places = new Map<SymbolicTensor, number>();
  const [input, output] = [model.inputs[0]!, model.outputs[0]!];
  const readers = countReaders(output);
  const visit = (tensor: SymbolicTensor): number | null => {
    const seen = places.get(tensor);
    if (seen !== undefined) return seen;
    const place = tensor === input ? nodes.push(undefined) - 1 : add(tensor);
    if (place !== null) places.set(tensor, place);
    return place;
  };
  const add = (tensor: SymbolicTensor): number | null => {
    const step = stepOf(tensor, (read) => readers.get(read) === 1);
    const inputs = step?.inputs.map(visit) ?? [];
    if (!step || inputs.length === 0 || inputs.includes(null)) return null;
    const at = inputs as number[];
    const variables = step.layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const trainable = variables.length > 0 || at.some((place) => nodes[place]?.trainable);
    const common = { rule: step.rule, inputs: at, variables, moving: movingOf(step.layer) };
    return nodes.push({ ...common, trainable, readers: readers.get(tensor) ?? 0 }) - 1;
  };
  visit(input);
  return visit(output) === nodes.length - 1 ? { nodes } : null;
}

function movingOf(layer: Step["layer"]): Node["moving"] {
  if (layer.getClassName() !== "BatchNormalization") return undefined;
  const [mean, variance] = layer.nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  return { mean: mean!, variance: variance!, momentum: layer.getConfig()["momentum"] as number };
}

/** How many layers read each tensor of the model. */
function countReaders(output: SymbolicTensor): Map<SymbolicTensor, number> {
  const readers = new Map<SymbolicTensor, number>([[output, 0]]);
  const visit = (tensor: SymbolicTensor): void => {
    for (const input of tensor.inputs) {
      const seen = readers.get(input);
      readers.set(input, (seen ?? 0) + 1);
      if (seen === undefined) visit(input);
    }
  };
  visit(output);
  return readers;
}
