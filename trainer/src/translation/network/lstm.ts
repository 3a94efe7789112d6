import * as tf from "@tensorflow/tfjs-core";
import type { Network, Weights } from "./network.ts";
import { embed, hideEnds, project } from "./pieces.ts";

export interface LstmOptions {
  /** Numbers of a subword's embedding. */
  readonly width?: number;
  /** Units of the encoder's and of the decoder's LSTM. */
  readonly units?: number;
}

interface State {
  readonly h: tf.Tensor2D;
  readonly c: tf.Tensor2D;
}

const cellShapes = (at: string, width: number, units: number) => ({
  [`${at}/input/kernel`]: [width, 4 * units],
  [`${at}/recurrent/kernel`]: [units, 4 * units],
  [`${at}/cell/bias`]: [4 * units],
});

/**
 * An LSTM (Hochreiter & Schmidhuber 1997) over a batch of sequences; 1 is added to the forget gate (Jozefowicz et al.
 * 2015). Where `keep` is 0 a sequence has ended (or not begun), and its state stays.
 *
 * @param x [n, L, width] @param keep [n, L] of 0 and 1
 * @returns the hidden states [n, units] of each position, and the state after the last that was read
 */
function run(
  w: Weights,
  at: string,
  x: tf.Tensor3D,
  start: State,
  { keep, backwards = false }: { keep?: tf.Tensor2D; backwards?: boolean } = {},
): { outputs: tf.Tensor2D[]; end: State } {
  const recurrent = w(`${at}/recurrent/kernel`) as tf.Tensor2D;
  const inputs = tf.unstack(tf.add(project(x, w(`${at}/input/kernel`)), w(`${at}/cell/bias`)), 1);
  const keeps = keep && (tf.unstack(tf.expandDims(keep, 2), 1) as tf.Tensor2D[]);
  const outputs: tf.Tensor2D[] = [];
  let state = start;
  for (let step = 0; step < inputs.length; step++) {
    const t = backwards ? inputs.length - 1 - step : step;
    const gates = tf.add(inputs[t]!, tf.matMul(state.h, recurrent));
    const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const c: tf.Tensor2D = tf.add(
      tf.mul(tf.sigmoid(tf.add(f, 1)), state.c),
      tf.mul(tf.sigmoid(i), tf.tanh(g)),
    );
    const h: tf.Tensor2D = tf.mul(tf.sigmoid(o), tf.tanh(c));
    const alive = keeps?.[t];
    state = alive ? { h: choose(alive, h, state.h), c: choose(alive, c, state.c) } : { h, c };
    outputs[t] = state.h;
  }
  return { outputs, end: state };
}

const choose = (alive: tf.Tensor2D, then: tf.Tensor2D, otherwise: tf.Tensor2D): tf.Tensor2D =>
  tf.add(otherwise, tf.mul(alive, tf.sub(then, otherwise)));

const still = (rows: number, units: number): State => ({
  h: tf.zeros([rows, units]),
  c: tf.zeros([rows, units]),
});

const keepWords = (source: tf.Tensor2D): tf.Tensor2D =>
  tf.cast(tf.notEqual(source, 0), "float32") as tf.Tensor2D;

/**
 * LSTM-1: an encoder's last state is the decoder's first (Sutskever, Vinyals & Le 2014, "Sequence to Sequence Learning
 * with Neural Networks"), the source read backwards as there. One layer each.
 *
 * @param vocabulary V
 * @returns a network of 2Vw + 8u(w + u + 1) + uV + V numbers (w: width, u: units)
 * @example
 * ```ts
 * parameterCount(lstm1(1500, { width: 64, units: 64 })); // 355,548
 * ```
 */
export function lstm1(vocabulary: number, { width = 64, units = 64 }: LstmOptions = {}): Network {
  return {
    name: "lstm-1",
    vocabulary,
    shapes: {
      "source/kernel": [vocabulary, width],
      "target/kernel": [vocabulary, width],
      ...cellShapes("encoder", width, units),
      ...cellShapes("decoder", width, units),
      "output/kernel": [units, vocabulary],
      "output/bias": [vocabulary],
    },
    encode: (w, source) =>
      run(w, "encoder", embed(w("source/kernel"), source), still(source.shape[0], units), {
        keep: keepWords(source),
        backwards: true,
      }).end as unknown as Record<string, tf.Tensor>,
    decode: (w, memory, prefix) =>
      tf.stack(
        run(w, "decoder", embed(w("target/kernel"), prefix), memory as unknown as State).outputs,
        1,
      ) as tf.Tensor3D,
    project: (w, hidden) => tf.add(tf.matMul(hidden, w("output/kernel") as tf.Tensor2D), w("output/bias")),
  };
}

/**
 * LSTM-2: LSTM-1 with attention to all of the encoder's states (Luong, Pham & Manning 2015, "Effective Approaches to
 * Attention-based Neural Machine Translation": `general` scores, equation 8, and h̃ = tanh(W_c[c; h]), equation 5; no
 * input feeding). The source is read forwards.
 *
 * @returns a network of {@link lstm1}'s numbers and 3u² more
 */
export function lstm2(vocabulary: number, options: LstmOptions = {}): Network {
  const { units = 64 } = options;
  const plain = lstm1(vocabulary, options);
  return {
    ...plain,
    name: "lstm-2",
    shapes: {
      ...plain.shapes,
      "attention/score/kernel": [units, units],
      "attention/context/kernel": [units, units],
      "attention/state/kernel": [units, units],
    },
    encode(w, source) {
      const { outputs, end } = run(
        w,
        "encoder",
        embed(w("source/kernel"), source),
        still(source.shape[0], units),
        { keep: keepWords(source) },
      );
      return {
        ...end,
        states: tf.stack(outputs, 1),
        mask: tf.expandDims(hideEnds(source), 1),
      };
    },
    decode(w, memory, prefix) {
      const hidden = plain.decode(w, memory, prefix);
      const states = memory["states"] as tf.Tensor3D;
      const scores = tf.matMul(project(hidden, w("attention/score/kernel")), states, false, true);
      const context = tf.matMul(tf.softmax(tf.add(scores, memory["mask"]!)), states) as tf.Tensor3D;
      return tf.tanh(
        tf.add(project(context, w("attention/context/kernel")), project(hidden, w("attention/state/kernel"))),
      );
    },
  };
}
