import * as tf from "@tensorflow/tfjs-core";
import { initializers, input, layers, model as modelOf } from "@tensorflow/tfjs-layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { drawInitialWeights } from "../../student/index.ts";
import type { Network, Weights } from "./network.ts";

/** A student that translates. */
export interface Translator {
  readonly network: Network;
  /** [n, 2, L] → logits [n, L, V]: row 0 is the source, row 1 the target's words so far, both as numbers of subwords. */
  readonly model: LayersModel;
  /** The model's weights, as they are now. */
  readonly weights: Weights;
}

interface Weight {
  read(): tf.Tensor;
}

/** Reads sources and targets side by side, so that it has one input as every student has. */
class TranslationLayer extends layers.Layer {
  static className = "Translation";
  readonly #network: Network;
  readonly #weights = new Map<string, Weight>();

  constructor(network: Network) {
    super({ name: network.name });
    this.#network = network;
  }

  readonly byName: Weights = (name) => this.#weights.get(name)!.read();

  override build(): void {
    for (const [name, shape] of Object.entries(this.#network.shapes)) {
      const initial = name.endsWith("/gain") ? initializers.ones() : initializers.zeros();
      this.#weights.set(name, this.addWeight(name, [...shape], "float32", initial));
    }
    this.built = true;
  }

  override computeOutputShape(shape: (number | null)[]): (number | null)[] {
    return [shape[0]!, shape[2]!, this.#network.vocabulary];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = tf.cast(Array.isArray(inputs) ? inputs[0]! : inputs, "int32");
      const [n, , length] = x.shape as [number, number, number];
      const row = (i: number) =>
        tf.reshape(tf.slice(x, [0, i, 0], [n, 1, length]), [n, length]) as tf.Tensor2D;
      const { encode, decode, project, vocabulary } = this.#network;
      const hidden = decode(this.byName, encode(this.byName, row(0)), row(1));
      const rows = tf.reshape(hidden, [n * length, hidden.shape[2]]) as tf.Tensor2D;
      return tf.reshape(project(this.byName, rows), [n, length, vocabulary]);
    });
  }
}

/**
 * A network as a `tf.LayersModel` that can be taught: every token of a target is one example.
 *
 * @param seed of its initial weights; the same bits on every backend
 * @example
 * ```ts
 * const { model } = buildTranslator(transformer(1500), 7);
 * const student = openStudent(model, 1500, "logits");
 * ```
 */
export function buildTranslator(network: Network, seed: number): Translator {
  const layer = new TranslationLayer(network);
  const words = input({ shape: [2, null], name: "words" });
  const model = modelOf({ name: network.name, inputs: words, outputs: layer.apply(words) as SymbolicTensor });
  drawInitialWeights(model, seed);
  return { network, model, weights: layer.byName };
}
