import {
  AvgPool,
  AvgPoolGrad,
  avgPool,
  backend_util,
  engine,
  gather,
  MaxPool,
  MaxPoolGrad,
  maxPoolWithArgmax,
  mul,
  reshape,
  tensor4d,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { applyLinear, defineRule, type GradientRule } from "./rule.ts";
import { overlayScope } from "./stop-gradient.ts";

interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const asAttrs = (attrs: PoolAttrs): NamedAttrMap => attrs as unknown as NamedAttrMap;

/**
 * dy to the argmax of its window: Pᵀ dy, P fixed by x; shape of x. P, its transpose's transpose, takes the entry at
 * each argmax. The places come from the backend's own MaxPoolWithArgmax, which breaks ties the way that its MaxPoolGrad
 * does (cpu and wasm: first, webgpu: last).
 */
function scatterToMaxima(dy: Tensor, x: Tensor, y: Tensor, attrs: PoolAttrs): Tensor {
  const scatter = (at: Tensor): Tensor =>
    engine().runKernel<Tensor>(MaxPoolGrad, { dy: at, input: x, output: y }, asAttrs(attrs));
  const gatherMaxima = (ddx: Tensor): Tensor => {
    const { filterSize, strides, pad } = attrs;
    const { indexes } = maxPoolWithArgmax(x as Tensor4D, filterSize, strides, pad, true);
    return reshape(gather(reshape(ddx, [ddx.size]), reshape(indexes!, [indexes!.size])), y.shape);
  };
  return applyLinear(overlayScope.maxima, dy, scatter, gatherMaxima);
}

/**
 * Window area over the number of cells in it that aren't padding, one number an output place: [1, height, width, 1].
 * Null where all are 1. AvgPool divides by the cells, AvgPoolGrad by the area: without this correction TensorFlow.js's
 * gradient of average pooling is wrong at padded borders, to first order already.
 */
function borderCorrection(inputShape: number[], attrs: PoolAttrs): Tensor4D | null {
  const info = backend_util.computePool2DInfo(
    inputShape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const cells = (out: number, stride: number, filter: number, before: number, size: number): number[] =>
    Array.from({ length: out }, (_, i) => {
      const start = i * stride - before;
      return Math.min(start + filter, size) - Math.max(start, 0);
    });
  const rows = cells(info.outHeight, info.strideHeight, info.filterHeight, info.padInfo.top, info.inHeight);
  const columns = cells(info.outWidth, info.strideWidth, info.filterWidth, info.padInfo.left, info.inWidth);
  const area = info.filterHeight * info.filterWidth;
  const correction = rows.flatMap((row) => columns.map((column) => area / (row * column)));
  if (correction.every((value) => value === 1)) return null;
  return tensor4d(correction, [1, info.outHeight, info.outWidth, 1]);
}

/** Average pooling is linear, so its gradient's gradient is average pooling again. */
function spreadAverage(dy: Tensor, x: Tensor, attrs: PoolAttrs): Tensor {
  const spread = (at: Tensor): Tensor => {
    const correction = borderCorrection(x.shape, attrs);
    const inputs = { dy: correction ? mul(at, correction) : at, input: x };
    return engine().runKernel<Tensor>(AvgPoolGrad, inputs, asAttrs(attrs));
  };
  const pool = (ddx: Tensor): Tensor =>
    avgPool(ddx as Tensor4D, attrs.filterSize, attrs.strides, attrs.pad, attrs.dimRoundingMode);
  return applyLinear(overlayScope.average, dy, spread, pool);
}

/** Max pooling with its argmax held fixed, and average pooling. */
export const poolingRules: readonly GradientRule[] = [
  defineRule<PoolAttrs>({
    kernelName: MaxPool,
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradient: (dy, saved, attrs) => {
      const [x, y] = saved as [Tensor, Tensor];
      return { x: () => scatterToMaxima(dy, x, y, attrs) };
    },
  }),
  defineRule<PoolAttrs>({
    kernelName: AvgPool,
    inputsToSave: ["x"],
    gradient: (dy, saved, attrs) => ({ x: () => spreadAverage(dy, saved[0] as Tensor, attrs) }),
  }),
];
