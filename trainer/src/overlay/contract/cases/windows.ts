import * as tf from "@tensorflow/tfjs-core";
import type { CaseGroup, OperationCase } from "../case.ts";
import { average, batchNorm, flatMap, maximum } from "../plain/matrix.ts";
import { conv, convTranspose, depthwiseConv, pool, type Padding } from "../plain/windows.ts";

interface Setting {
  readonly input: number[];
  readonly filter: number[];
  readonly stride: number;
  readonly pad: Padding;
}

const describe = ({ input, filter, stride, pad }: Setting): string =>
  `${input.join("×")} by ${filter.join("×")}, stride ${stride}, ${pad}`;

const setting = (input: number[], filter: number[], stride: number, pad: Padding): Setting => ({
  input,
  filter,
  stride,
  pad,
});

const convolutions: OperationCase[] = [
  setting([2, 4, 5, 2], [3, 2, 2, 3], 1, "valid"),
  setting([1, 4, 5, 2], [3, 3, 2, 2], 1, "same"),
  setting([1, 6, 6, 1], [3, 3, 1, 2], 2, "same"),
  setting([1, 5, 6, 2], [2, 2, 2, 2], 2, "valid"),
  setting([1, 5, 5, 2], [1, 1, 2, 2], 2, "same"),
].map((each) => ({
  name: `conv2d ${describe(each)}`,
  shapes: [each.input, each.filter],
  operation: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, each.stride, each.pad),
  plain: (x, w) => conv(x!, w!, each),
}));

const depthwise: OperationCase[] = [
  setting([2, 4, 5, 2], [3, 2, 2, 1], 1, "valid"),
  setting([1, 4, 5, 3], [3, 3, 3, 2], 1, "same"),
  setting([1, 6, 6, 2], [3, 3, 2, 1], 2, "same"),
  setting([1, 5, 6, 1], [2, 2, 1, 3], 2, "valid"),
].map((each) => ({
  name: `depthwiseConv2d ${describe(each)}`,
  shapes: [each.input, each.filter],
  operation: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, each.stride, each.pad),
  plain: (x, w) => depthwiseConv(x!, w!, each),
}));

const separable = setting([1, 4, 4, 2], [3, 3, 2, 2], 1, "same");
const pointwise = setting([1, 4, 4, 4], [1, 1, 4, 3], 1, "same");

/** Settings are those of the convolution that is transposed; its output is this one's input. */
const transposed: OperationCase[] = [
  { each: setting([1, 5, 5, 2], [3, 3, 2, 3], 2, "valid"), from: [1, 2, 2, 3] },
  { each: setting([1, 4, 4, 2], [3, 3, 2, 2], 2, "same"), from: [1, 2, 2, 2] },
  { each: setting([2, 3, 4, 1], [2, 2, 1, 2], 1, "valid"), from: [2, 2, 3, 2] },
].map(({ each, from }) => ({
  name: `conv2dTranspose to ${describe(each)}`,
  shapes: [from, each.filter],
  operation: (y, w) =>
    tf.conv2dTranspose(
      y as tf.Tensor4D,
      w as tf.Tensor4D,
      each.input as [number, number, number, number],
      each.stride,
      each.pad,
    ),
  plain: (y, w) => convTranspose(y!, w!, each),
}));

const biased = setting([1, 4, 4, 2], [3, 3, 2, 2], 1, "same");

export const convolutionCases: CaseGroup = {
  title: "Convolutions",
  cases: [
    ...convolutions,
    {
      name: "fused.conv2d with a bias, as convolutional layers have it",
      shapes: [biased.input, biased.filter, [2]],
      operation: (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias: bias!,
          strides: 1,
          pad: "same",
          activation: "linear",
        }),
      plain: (x, w, bias) => conv(x!, w!, biased).map((value, i) => value + bias![i % 2]!),
    },
    {
      name: "conv1d 2×5×2 by 3×2×3, stride 1, same",
      shapes: [
        [2, 5, 2],
        [3, 2, 3],
      ],
      operation: (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, "same"),
      plain: (x, w) => conv(x!, w!, setting([2, 1, 5, 2], [1, 3, 2, 3], 1, "same")),
    },
    ...depthwise,
    {
      name: "separableConv2d 1×4×4×2, multiplier 2, to 3 channels",
      shapes: [separable.input, separable.filter, pointwise.filter],
      operation: (x, w, v) =>
        tf.separableConv2d(x as tf.Tensor4D, w as tf.Tensor4D, v as tf.Tensor4D, 1, "same"),
      plain: (x, w, v) => conv(depthwiseConv(x!, w!, separable), v!, pointwise),
    },
    ...transposed,
  ],
};

export const poolingCases: CaseGroup = {
  title: "Pooling",
  cases: [
    setting([2, 4, 4, 2], [2, 2], 2, "valid"),
    setting([1, 5, 5, 2], [2, 2], 2, "same"),
    setting([1, 5, 4, 2], [3, 3], 1, "same"),
    setting([1, 5, 5, 1], [3, 3], 2, "valid"),
  ].flatMap((each): OperationCase[] => {
    const { input, filter, stride, pad } = each;
    const name = `${input.join("×")} by ${filter[0]}, stride ${stride}, ${pad}`;
    return [
      {
        name: `maxPool ${name}`,
        shapes: [input],
        operation: (x) => tf.maxPool(x as tf.Tensor4D, filter[0]!, stride, pad),
        plain: (x) => pool(x!, each, maximum),
      },
      {
        name: `avgPool ${name}`,
        shapes: [input],
        operation: (x) => tf.avgPool(x as tf.Tensor4D, filter[0]!, stride, pad),
        plain: (x) => pool(x!, each, average),
      },
    ];
  }),
};

/** Where output place i reads from along one axis: TensorFlow 1's rule, as TensorFlow.js' default. */
const sourceOf = (i: number, from: number, to: number): number => (i * from) / to;

type Sample = (at: (row: number, column: number) => number, row: number, column: number) => number;

/** Images [count, size, size, channels] to [count, to, to, channels]. */
function resize(
  x: number[],
  count: number,
  size: number,
  to: number,
  channels: number,
  sample: Sample,
): number[] {
  return flatMap(count, (n) =>
    flatMap(to, (i) =>
      flatMap(to, (j) =>
        flatMap(channels, (c) => [
          sample(
            (row, column) => x[((n * size + row) * size + column) * channels + c]!,
            sourceOf(i, size, to),
            sourceOf(j, size, to),
          ),
        ]),
      ),
    ),
  );
}

const nearest: Sample = (at, row, column) => at(Math.floor(row), Math.floor(column));

const bilinear =
  (size: number): Sample =>
  (at, row, column) => {
    const [top, left] = [Math.floor(row), Math.floor(column)];
    const [bottom, right] = [Math.min(top + 1, size - 1), Math.min(left + 1, size - 1)];
    const [down, over] = [row - top, column - left];
    const upper = at(top, left) * (1 - over) + at(top, right) * over;
    const lower = at(bottom, left) * (1 - over) + at(bottom, right) * over;
    return upper * (1 - down) + lower * down;
  };

export const resizingCases: CaseGroup = {
  title: "Resizing",
  cases: [
    [1, 3, 6],
    [2, 2, 3],
    [1, 4, 2],
    [2, 2, 4],
  ].flatMap(([count = 1, from = 1, to = 1]): OperationCase[] => {
    const shape = [count, from, from, 2];
    const name = `${shape.join("×")} to ${to}×${to}`;
    return [
      {
        name: `resizeNearestNeighbor ${name}`,
        shapes: [shape],
        operation: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [to, to]),
        plain: (x) => resize(x!, count, from, to, 2, nearest),
      },
      {
        name: `resizeBilinear ${name}`,
        shapes: [shape],
        operation: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [to, to]),
        plain: (x) => resize(x!, count, from, to, 2, bilinear(from)),
      },
    ];
  }),
};

export const normalisationCases: CaseGroup = {
  title: "Normalisation",
  cases: [
    {
      name: "batchNorm with the batch's own moments",
      shapes: [[6, 2], [2], [2]],
      operation: (x, scale, offset) => {
        const { mean, variance } = tf.moments(x!, 0);
        return tf.batchNorm(
          x!,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
      },
      plain: (x, scale, offset) => batchNorm(x!, 2, scale!, offset!, 1e-3),
    },
    {
      name: "batchNorm of an image",
      shapes: [[2, 2, 1, 3], [3], [3]],
      operation: (x, scale, offset) => {
        const { mean, variance } = tf.moments(x!, [0, 1, 2]);
        return tf.batchNorm4d(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
      },
      plain: (x, scale, offset) => batchNorm(x!, 3, scale!, offset!, 1e-3),
    },
    {
      name: "batchNorm with every factor as large as x, as layer normalisation has it",
      shapes: [
        [3, 4],
        [3, 4],
        [3, 4],
        [3, 4],
        [3, 4],
      ],
      domain: [0.4, 1.7],
      operation: (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x as tf.Tensor2D,
          mean as tf.Tensor2D,
          variance as tf.Tensor2D,
          offset as tf.Tensor2D,
          scale as tf.Tensor2D,
          1e-3,
        ),
      plain: (x, mean, variance, offset, scale) =>
        x!.map((v, i) => ((v - mean![i]!) / Math.sqrt(variance![i]! + 1e-3)) * scale![i]! + offset![i]!),
    },
  ],
};
