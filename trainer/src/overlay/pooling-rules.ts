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

export interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const asAttrs = (attrs: PoolAttrs): NamedAttrMap => attrs as unknown as NamedAttrMap;

/**
 * dy to the argmax of its window: Pᵀ dy, P fixed by x; shape of x. The places are those of the backend's own
 * MaxPoolWithArgmax, which breaks ties the way that its MaxPoolGrad does (cpu and wasm: first, webgpu: last).
 */
export const scatterToMaxima = (dy: Tensor, x: Tensor, y: Tensor, attrs: PoolAttrs): Tensor =>
  engine().runKernel<Tensor>(MaxPoolGrad, { dy, input: x, output: y }, asAttrs(attrs));

/** P ddx: the entry at each argmax; in the order of the pooled x. */
export function gatherMaxima(ddx: Tensor, x: Tensor, { filterSize, strides, pad }: PoolAttrs): Tensor {
  const { indexes, result } = maxPoolWithArgmax(x as Tensor4D, filterSize, strides, pad, true);
  return reshape(gather(reshape(ddx, [ddx.size]), reshape(indexes!, [indexes!.size])), result!.shape);
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

/** dy over the cells of its window that aren't padding; shape of x. */
export function spreadAverage(dy: Tensor, x: Tensor, attrs: PoolAttrs): Tensor {
  const correction = borderCorrection(x.shape, attrs);
  const inputs = { dy: correction ? mul(dy, correction) : dy, input: x };
  return engine().runKernel<Tensor>(AvgPoolGrad, inputs, asAttrs(attrs));
}

const averageOf = (x: Tensor, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): Tensor =>
  avgPool(x as Tensor4D, filterSize, strides, pad, dimRoundingMode);

/** Max pooling with its argmax held fixed, and average pooling. */
export const poolingRules: readonly GradientRule[] = [
  defineRule<PoolAttrs>({
    kernelName: MaxPool,
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradient: (dy, saved, attrs) => {
      const [x, y] = saved as [Tensor, Tensor];
      const scatter = (at: Tensor): Tensor => scatterToMaxima(at, x, y, attrs);
      return {
        x: () => applyLinear(overlayScope.maxima, dy, scatter, (ddx) => gatherMaxima(ddx, x, attrs)),
      };
    },
  }),
  defineRule<PoolAttrs>({
    kernelName: AvgPool,
    inputsToSave: ["x"],
    gradient: (dy, [x], attrs) => {
      const spread = (at: Tensor): Tensor => spreadAverage(at, x as Tensor, attrs);
      // It is linear, so its gradient's gradient is average pooling again.
      return { x: () => applyLinear(overlayScope.average, dy, spread, (ddx) => averageOf(ddx, attrs)) };
    },
  }),
];
