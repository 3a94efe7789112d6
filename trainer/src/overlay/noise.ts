import { dispose, mul, add, tensor, type Tensor } from "@tensorflow/tfjs-core";
import type { Batches } from "@lectern/client/lesson";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { createRandom, deriveSeed } from "../task/index.ts";
import { layersOf, type Layer } from "./visit-layers.ts";

/** Layers that draw at random in training, as far as they are used here; TensorFlow.js' types hide it. */
interface NoisyLayer {
  readonly rate: number;
  readonly stddev: number;
  getNoiseShape?(x: Tensor): number[] | null | undefined;
  readonly noiseShape?: number[];
  call(inputs: Tensor | Tensor[], kwargs?: { training?: boolean }): Tensor | Tensor[];
}

interface RecurrentCell {
  readonly dropout: number;
  readonly recurrentDropout: number;
  dropoutFunc: ((ones: Tensor, rate: number) => Tensor) | undefined;
  /** Kept between the moments of one sequence. */
  dropoutMask: Tensor | Tensor[] | null;
  recurrentDropoutMask: Tensor | Tensor[] | null;
}

type Draw = (random: RandomGenerator) => number;

interface Source {
  seed: number;
  step: number;
}

const sources = new WeakMap<LayersModel, Source>();

/**
 * Makes everything that a model draws at random in training a function of (seed, step): the masks of `Dropout`,
 * `SpatialDropout1D` and `AlphaDropout`, the factors of `GaussianDropout`, the noise of `GaussianNoise`, and the
 * dropout of recurrent cells. TensorFlow.js draws them anew in each forward pass, so that a gradient and its replay
 * would see different masks; a layer's own `seed` would give the same mask at every step. Distributions are those of
 * TensorFlow.js. Draws are made in float32 on the host: the same masks on every backend.
 *
 * Every pass of `model.apply(x, { training: true })` draws for the step that {@link drawNoise} named last: 0 at first.
 * Called again for the same model, it only changes the seed.
 *
 * @param seed a 32-bit integer
 * @returns what lets the model draw as TensorFlow.js does, again
 * @example
 * ```ts
 * seedNoise(model, 7);
 * drawNoise(model, step); // before the forward pass of a step, and before each of its replays
 * ```
 */
export function seedNoise(model: LayersModel, seed: number): () => void {
  const known = sources.get(model);
  if (known) {
    Object.assign(known, { seed, step: 0 });
    return () => undefined;
  }
  const source = { seed, step: 0 };
  sources.set(model, source);
  /** How often each layer has drawn in this pass: a shared layer draws anew at each of its places. */
  let draws: number[] = [];
  const cells: RecurrentCell[] = [];
  const seeded: Layer[] = [];
  for (const [place, layer] of layersOf(model).entries()) {
    const draw = (shape: readonly number[], one: Draw): Tensor => {
      const count = (draws[place] = (draws[place] ?? -1) + 1);
      return drawTensor(shape, one, deriveSeed(source.seed, "other", source.step, place, count));
    };
    if (seedLayer(layer, draw)) seeded.push(layer);
    const cell = layer as unknown as RecurrentCell;
    if (!("dropoutMask" in layer) || !(cell.dropout > 0 || cell.recurrentDropout > 0)) continue;
    cell.dropoutFunc = (ones, rate) => draw(ones.shape, keep(rate));
    cells.push(cell);
  }
  const { apply } = model;
  model.apply = (...inputs) => {
    draws = [];
    const outputs = apply.apply(model, inputs);
    // A cell within `rnn` would go on with these at the next batch. The tape has its own references.
    for (const cell of cells) forgetMasks(cell);
    return outputs;
  };
  return () => {
    sources.delete(model);
    Reflect.deleteProperty(model, "apply");
    for (const layer of seeded) Reflect.deleteProperty(layer, "call");
    for (const cell of cells) cell.dropoutFunc = undefined;
  };
}

/**
 * What `compute` gives while none of the model's noise layers does anything, and no recurrent cell drops: as the model is
 * used, but with batch norm in training mode, if that is how `compute` runs it.
 *
 * @example
 * ```ts
 * const logits = withoutNoise(model, () => model.apply(x, { training: true }));
 * ```
 */
export function withoutNoise<Result>(model: LayersModel, compute: () => Result): Result {
  const restore = layersOf(model).map((layer) => silence(layer));
  try {
    return compute();
  } finally {
    for (const each of restore) each();
  }
}

/** Gives what brings its noise back. */
function silence(layer: Layer): () => void {
  if (layer.getClassName() in formulas) {
    const own = Object.getOwnPropertyDescriptor(layer, "call");
    layer.call = (inputs) => (Array.isArray(inputs) ? inputs[0]! : inputs);
    return () => {
      Reflect.deleteProperty(layer, "call");
      if (own) Object.defineProperty(layer, "call", own);
    };
  }
  const cell = layer as unknown as { dropout: number; recurrentDropout: number };
  if (!("dropoutMask" in layer)) return () => undefined;
  const { dropout: share, recurrentDropout } = cell;
  Object.assign(cell, { dropout: 0, recurrentDropout: 0 });
  return () => {
    Object.assign(cell, { dropout: share, recurrentDropout });
  };
}

function forgetMasks(cell: RecurrentCell): void {
  dispose([cell.dropoutMask ?? [], cell.recurrentDropoutMask ?? []]);
  cell.dropoutMask = null;
  cell.recurrentDropoutMask = null;
}

/** Lets a model's coming forward passes draw what belongs to this step; for a model without noise it does nothing. */
export function drawNoise(model: LayersModel, step: number): void {
  const source = sources.get(model);
  if (source) source.step = step;
}

/** True if the model draws from a seed. */
export const isSeeded = (model: LayersModel): boolean => sources.has(model);

/**
 * A lesson's batches, with which the noise of their step is drawn: whoever asks for a step's examples, in the lesson or
 * in any replay of it, then sees that step's masks.
 *
 * @param seed a 32-bit integer: the lesson's
 * @example
 * ```ts
 * const batches = batchesWithNoise(createBatches(count, 64, batchSeed), model, noiseSeed);
 * ```
 */
export function batchesWithNoise(batches: Batches, model: LayersModel, seed: number): Batches {
  seedNoise(model, seed);
  return {
    ...batches,
    indices(step) {
      drawNoise(model, step);
      return batches.indices(step);
    },
  };
}

/** True if the layer is one that draws, which now draws by `draw`. */
function seedLayer(layer: Layer, draw: (shape: readonly number[], one: Draw) => Tensor): boolean {
  const noisy = layer as unknown as NoisyLayer;
  const make = formulas[layer.getClassName()];
  if (!make) return false;
  noisy.call = (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const { rate } = noisy;
    // The conditions under which TensorFlow.js' layers do nothing.
    if (kwargs?.training !== true || (rate !== undefined && !(rate > 0 && rate < 1))) return x;
    return make(x, noisy, draw);
  };
  return true;
}

type Formula = (
  x: Tensor,
  layer: NoisyLayer,
  draw: (shape: readonly number[], one: Draw) => Tensor,
) => Tensor;

/** Inverted dropout: 0 with probability `rate`, else 1/(1 − rate). */
const keep =
  (rate: number): Draw =>
  (random) =>
    uniformFloat32(random) < rate ? 0 : 1 / (1 - rate);

const normal =
  (mean: number, deviation: number): Draw =>
  (random) => {
    // Box and Muller 1958; 1 − u is never 0.
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat32(random)));
    return mean + deviation * radius * Math.cos(2 * Math.PI * uniformFloat32(random));
  };

const dropout: Formula = (x, layer, draw) =>
  mul(x, draw(layer.getNoiseShape?.(x) ?? x.shape, keep(layer.rate)));

const formulas: Readonly<Record<string, Formula>> = {
  Dropout: dropout,
  SpatialDropout1D: dropout,
  GaussianDropout: (x, { rate }, draw) => mul(x, draw(x.shape, normal(1, Math.sqrt(rate / (1 - rate))))),
  GaussianNoise: (x, { stddev }, draw) => add(x, draw(x.shape, normal(0, stddev))),
  // Klambauer et al. 2017, "Self-Normalizing Neural Networks", section 3, except that TensorFlow.js sends what is dropped
  // to +λα where the paper has −λα. A student is meta-trained as it will be taught: so it is here.
  AlphaDropout: (x, { rate, noiseShape }, draw) => {
    const limit = -1.6732632423543772 * 1.0507009873554805;
    const scale = ((1 - rate) * (1 + rate * limit ** 2)) ** -0.5;
    const kept = draw(noiseShape ?? x.shape, (random) => (uniformFloat32(random) < rate ? 0 : 1));
    const filled = add(mul(x, kept), mul(add(kept, -1), limit));
    return add(mul(filled, scale), -scale * limit * rate);
  },
};

function drawTensor(shape: readonly number[], one: Draw, seed: number): Tensor {
  const random = createRandom(seed);
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: count }, () => one(random)),
    [...shape],
    "float32",
  );
}
