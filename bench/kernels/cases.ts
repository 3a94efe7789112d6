import { backend_util } from "@tensorflow/tfjs-core";

/** A kernel call to time. */
export interface KernelCase {
  name: string;
  kernelName: string;
  /** Shapes of the float32 inputs. */
  inputs: Record<string, number[]>;
  attrs: object;
  /** Floating-point operations. */
  flops: number;
  /** Numbers that must be read or written at least once. */
  numbers: number;
}

const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);
const total = (...shapes: number[][]): number => shapes.reduce((sum, shape) => sum + size(shape), 0);

function product(rows: number, inner: number, columns: number, flags: string): KernelCase {
  const [transposeA, transposeB] = [flags[0] === "T", flags[1] === "T"];
  const a = transposeA ? [inner, rows] : [rows, inner];
  const b = transposeB ? [columns, inner] : [inner, columns];
  return {
    name: `matMul ${flags} ${rows}×${inner}×${columns}`,
    kernelName: "BatchMatMul",
    inputs: { a: [1, ...a], b: [1, ...b] },
    attrs: { transposeA, transposeB },
    flops: 2 * rows * inner * columns,
    numbers: total(a, b, [rows, columns]),
  };
}

/** The three products of one convolution. */
function convolution(
  batch: number,
  edge: number,
  inChannels: number,
  outChannels: number,
  window: number,
  stride: number,
  pad: "same" | "valid",
): KernelCase[] {
  const x: [number, number, number, number] = [batch, edge, edge, inChannels];
  const filter: [number, number, number, number] = [window, window, inChannels, outChannels];
  const { outShape: dy } = backend_util.computeConv2DInfo(x, filter, stride, 1, pad);
  const shape = `${batch}×${edge}×${edge}×${inChannels}→${outChannels}, ${window}×${window}${stride > 1 ? `/${stride}` : ""} ${pad}`;
  const attrs = { strides: [stride, stride], dilations: [1, 1], pad, dataFormat: "NHWC" };
  const cost = { flops: 2 * size(dy) * window * window * inChannels, numbers: total(x, filter, dy) };
  return [
    { name: `conv    ${shape}`, kernelName: "Conv2D", inputs: { x, filter }, attrs, ...cost },
    {
      name: `conv dx ${shape}`,
      kernelName: "Conv2DBackpropInput",
      inputs: { dy, filter },
      attrs: { ...attrs, inputShape: x },
      ...cost,
    },
    {
      name: `conv dw ${shape}`,
      kernelName: "Conv2DBackpropFilter",
      inputs: { x, dy },
      attrs: { ...attrs, filterShape: filter },
      ...cost,
    },
  ];
}

/** The three products of one depthwise convolution, 3 × 3, same. */
function depthwise(batch: number, edge: number, channels: number, stride: number): KernelCase[] {
  const x: [number, number, number, number] = [batch, edge, edge, channels];
  const filter: [number, number, number, number] = [3, 3, channels, 1];
  const { outShape: dy } = backend_util.computeConv2DInfo(x, filter, stride, 1, "same", undefined, true);
  const shape = `${batch}×${edge}×${edge}×${channels}, 3×3${stride > 1 ? `/${stride}` : ""}`;
  const attrs = { strides: [stride, stride], dilations: [1, 1], pad: "same" };
  const cost = { flops: 2 * size(dy) * 9, numbers: total(x, filter, dy) };
  const name = "DepthwiseConv2dNative";
  return [
    { name: `depthwise    ${shape}`, kernelName: name, inputs: { x, filter }, attrs, ...cost },
    {
      name: `depthwise dx ${shape}`,
      kernelName: `${name}BackpropInput`,
      inputs: { dy, filter },
      attrs: { ...attrs, inputShape: x },
      ...cost,
    },
    {
      name: `depthwise dw ${shape}`,
      kernelName: `${name}BackpropFilter`,
      inputs: { x, dy },
      attrs: { ...attrs, filterShape: filter },
      ...cost,
    },
  ];
}

/** The gradient of max-pooling, 2 × 2. */
function maxPoolGrad(batch: number, edge: number, channels: number): KernelCase {
  const input = [batch, edge, edge, channels];
  const dy = [batch, edge / 2, edge / 2, channels];
  return {
    name: `max-pool dx ${input.join("×")}, 2×2`,
    kernelName: "MaxPoolGrad",
    inputs: { dy, input, output: dy },
    attrs: { filterSize: [2, 2], strides: [2, 2], pad: "valid" },
    flops: size(input),
    numbers: total(input, input, dy),
  };
}

/** Products and convolutions of the benchmark's students (mlp, lenet, resnet8), and some larger ones. */
export const listCases = (batch: number): KernelCase[] => [
  ...["NN", "TN", "NT", "TT"].map((flags) => product(256, 256, 256, flags)),
  product(64, 784, 128, "NN"),
  product(784, 64, 128, "TN"),
  product(64, 128, 10, "NN"),
  product(64, 10, 128, "NT"),
  product(128, 64, 10, "TN"),
  product(128, 800, 500, "NN"),
  product(128, 500, 800, "NT"),
  product(800, 128, 500, "TN"),
  product(1024, 500, 50, "NN"),
  product(500, 1024, 50, "TN"),
  ...convolution(batch, 28, 1, 20, 5, 1, "valid"),
  ...convolution(batch, 12, 20, 50, 5, 1, "valid"),
  ...convolution(batch, 32, 3, 16, 3, 1, "same"),
  ...convolution(batch, 32, 16, 16, 3, 1, "same"),
  ...convolution(batch, 32, 16, 32, 3, 2, "same"),
  ...convolution(batch, 32, 16, 32, 1, 2, "same"),
  ...convolution(batch, 16, 32, 32, 3, 1, "same"),
  ...convolution(batch, 16, 32, 64, 3, 2, "same"),
  ...convolution(batch, 8, 64, 64, 3, 1, "same"),
  ...depthwise(batch, 32, 16, 1),
  ...depthwise(batch, 16, 64, 2),
  maxPoolGrad(batch, 24, 20),
  maxPoolGrad(batch, 8, 50),
];
