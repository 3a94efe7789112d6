import * as tf from "@tensorflow/tfjs-core";
import type { CaseGroup } from "../case.ts";
import { flatMap, matMul, rowsOf, sigmoid, softmaxRows } from "../plain/matrix.ts";

const hard = (x: number): number => Math.min(Math.max(0.5 + 0.2 * x, 0), 1);
const hardTensor = (x: tf.Tensor): tf.Tensor => tf.clipByValue(tf.add(0.5, tf.mul(0.2, x)), 0, 1);
const plus = (a: number[], b: number[]): number[] => a.map((value, i) => value + b[i]!);
const times = (a: number[], b: number[]): number[] => a.map((value, i) => value * b[i]!);

/** One example of 2 features over 2 moments, 2 units. */
const moments = 2;
const sequence = [1, moments, 2];

const stepOf = (x: tf.Tensor, t: number): tf.Tensor => tf.unstack(x, 1)[t]!;
const rowOf = (x: number[], t: number): number[] => x.slice(2 * t, 2 * t + 2);
const split = (x: number[]): number[][] => rowsOf(x, 2);

/** What layers are made of, whole, in the primitives that they use. */
export const compositionCases: CaseGroup = {
  title: "Compositions",
  cases: [
    {
      name: "attention: softmax(QKᵀ/√d)V",
      shapes: [
        [1, 3, 2],
        [1, 3, 2],
        [1, 3, 2],
      ],
      operation: (q, k, v) => tf.matMul(tf.softmax(tf.div(tf.matMul(q!, k!, false, true), Math.SQRT2)), v!),
      plain: (q, k, v) => {
        const scores = matMul(q!, k!, 3, 2, 3, false, true).map((x) => x / Math.SQRT2);
        return matMul(softmaxRows(scores, 3), v!, 3, 3, 2);
      },
    },
    {
      name: "simple recurrence over two moments",
      shapes: [sequence, [2, 2], [2, 2]],
      operation: (x, w, u) => {
        let h: tf.Tensor = tf.zeros([1, 2]);
        for (let t = 0; t < moments; t++) h = tf.tanh(tf.add(tf.matMul(stepOf(x!, t), w!), tf.matMul(h, u!)));
        return h;
      },
      plain: (x, w, u) => {
        let h = [0, 0];
        for (let t = 0; t < moments; t++)
          h = plus(matMul(rowOf(x!, t), w!, 1, 2, 2), matMul(h, u!, 1, 2, 2)).map(Math.tanh);
        return h;
      },
    },
    {
      name: "LSTM over two moments",
      shapes: [sequence, [2, 8], [2, 8], [8]],
      operation: (x, w, u, b) => {
        let [h, c]: tf.Tensor[] = [tf.zeros([1, 2]), tf.zeros([1, 2])];
        for (let t = 0; t < moments; t++) {
          const z = tf.add(tf.add(tf.matMul(stepOf(x!, t), w!), tf.matMul(h!, u!)), b!);
          const [i, f, g, o] = tf.split(z, 4, 1);
          c = tf.add(tf.mul(hardTensor(f!), c!), tf.mul(hardTensor(i!), tf.tanh(g!)));
          h = tf.mul(hardTensor(o!), tf.tanh(c));
        }
        return h!;
      },
      plain: (x, w, u, b) => {
        let [h, c] = [
          [0, 0],
          [0, 0],
        ];
        for (let t = 0; t < moments; t++) {
          const z = plus(plus(matMul(rowOf(x!, t), w!, 1, 2, 8), matMul(h!, u!, 1, 2, 8)), b!);
          const [i, f, g, o] = split(z);
          c = plus(times(f!.map(hard), c!), times(i!.map(hard), g!.map(Math.tanh)));
          h = times(o!.map(hard), c.map(Math.tanh));
        }
        return h!;
      },
    },
    {
      name: "GRU over two moments",
      shapes: [sequence, [2, 6], [2, 6]],
      operation: (x, w, u) => {
        let h: tf.Tensor = tf.zeros([1, 2]);
        const gates = tf.slice(u!, [0, 0], [2, 4]);
        const candidate = tf.slice(u!, [0, 4], [2, 2]);
        for (let t = 0; t < moments; t++) {
          const [xz, xr, xh] = tf.split(tf.matMul(stepOf(x!, t), w!), 3, 1);
          const [hz, hr] = tf.split(tf.matMul(h, gates), 2, 1);
          const [z, r] = [tf.sigmoid(tf.add(xz!, hz!)), tf.sigmoid(tf.add(xr!, hr!))];
          const next = tf.tanh(tf.add(xh!, tf.matMul(tf.mul(r, h), candidate)));
          h = tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), next));
        }
        return h;
      },
      plain: (x, w, u) => {
        let h = [0, 0];
        const columns = (from: number, count: number): number[] =>
          flatMap(2, (i) => u!.slice(6 * i + from, 6 * i + from + count));
        for (let t = 0; t < moments; t++) {
          const [xz, xr, xh] = split(matMul(rowOf(x!, t), w!, 1, 2, 6));
          const [hz, hr] = split(matMul(h, columns(0, 4), 1, 2, 4));
          const [z, r] = [plus(xz!, hz!).map(sigmoid), plus(xr!, hr!).map(sigmoid)];
          const next = plus(xh!, matMul(times(r, h), columns(4, 2), 1, 2, 2)).map(Math.tanh);
          h = z.map((gate, i) => gate * h[i]! + (1 - gate) * next[i]!);
        }
        return h;
      },
    },
    {
      name: "embedding, then a mask of index 0",
      shapes: [[4, 2]],
      operation: (table) => {
        const words = tf.tensor2d([2, 0, 3, 2], [2, 2], "int32");
        const vectors = tf.reshape(tf.gather(table!, tf.reshape(words, [4])), [2, 2, 2]);
        return tf.mul(
          vectors,
          tf.expandDims(tf.cast(tf.notEqual(words, tf.zerosLike(words)), "float32"), -1),
        );
      },
      plain: (table) => [...table!.slice(4, 6), 0, 0, ...table!.slice(6, 8), ...table!.slice(4, 6)],
    },
    {
      name: "dropout with a mask that is given",
      shapes: [[3, 4]],
      operation: (x) => tf.mul(tf.tanh(x!), tf.tensor2d([2, 0, 2, 2, 0, 2, 0, 2, 2, 2, 0, 0], [3, 4])),
      plain: (x) => times(x!.map(Math.tanh), [2, 0, 2, 2, 0, 2, 0, 2, 2, 2, 0, 0]),
    },
    {
      name: "l1 and l2 penalties",
      shapes: [[2, 3]],
      operation: (w) => tf.add(tf.mul(0.01, tf.sum(tf.abs(w!))), tf.mul(0.02, tf.sum(tf.mul(w!, w!)))),
      plain: (w) => [w!.reduce((total, x) => total + 0.01 * Math.abs(x) + 0.02 * x * x, 0)],
    },
  ],
};
