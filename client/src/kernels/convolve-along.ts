import { type backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { type ConvolutionAttrs, describeConvolution } from "./convolution.ts";
import { convolveBack } from "./convolve-back.ts";
import { convolve } from "./convolve.ts";
import { correlate } from "./correlate.ts";
import { convolveTilesBack, type InputGradient } from "./tiles-backward.ts";
import { convolveTiles } from "./tiles-forward.ts";
import { asTiles, imageBytes, prefersTiles, type Tiling } from "./tiles.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";
import { asSquare, prefersWinograd } from "./winograd.ts";

// A convolution along a direction in weight space: values with their tangents, gradients with theirs. One call computes all
// products of a layer, so that what they share is computed once and their sums aren't written apart.

/** Bytes of one image's tiles beyond which each product has its own work space, and half as much of it. */
const mostTileBytes = 64 * 1024 * 1024;

/** The convolution by tiles, where they pay for one product: for several, they do the more. */
function tilingOf(info: backend_util.Conv2DInfo): Tiling | undefined {
  const tiling = asTiles(info);
  if (tiling !== undefined && imageBytes(tiling, 2) > mostTileBytes) return undefined;
  const square = asSquare(info);
  const pays = (of: Tiling): boolean =>
    prefersTiles(of, "product") || (square !== undefined && prefersWinograd(square, "product"));
  return tiling !== undefined && pays(tiling) ? tiling : undefined;
}

export interface ForwardInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly filterTangent: TensorInfo;
  /** x's tangent, if it isn't zero. */
  readonly t?: TensorInfo;
  readonly bias?: TensorInfo;
  readonly biasTangent?: TensorInfo;
}

/** [y, its tangent]: x ∗ w + b and ẋ ∗ w + x ∗ ẇ + ḃ. */
export function convolveAlong(
  inputs: ForwardInputs,
  attrs: ConvolutionAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const info = describeConvolution("LecternConvolveAlong", inputs.x.shape, inputs.filter.shape, attrs);
  const outputs = [info.outShape, info.outShape].map((shape) => backend.makeOutput(shape, "float32"));
  const at = (tensor: TensorInfo | undefined): number => (tensor ? addressOf(tensor, backend) : 0);
  const [y, tangent] = outputs.map(at) as [number, number];
  const [x, filter, filterTangent] = [inputs.x, inputs.filter, inputs.filterTangent].map(at) as [
    number,
    number,
    number,
  ];
  const t = inputs.t && at(inputs.t);
  const [bias, biasTangent] = [at(inputs.bias), at(inputs.biasTangent)];
  const tiling = tilingOf(info);
  if (tiling) {
    const along = { x: t, filter: filterTangent, y: tangent, bias: biasTangent };
    convolveTiles({ x, filter, y, bias, relu: false, tangent: along }, tiling, backend);
    return outputs;
  }
  convolve({ x, filter, y, bias }, info, backend);
  convolve({ x, filter: filterTangent, y: tangent, bias: biasTangent }, info, backend);
  if (t !== undefined) convolve({ x: t, filter, y: tangent, accumulate: true }, info, backend);
  return outputs;
}

export interface GradientInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  /** dy */
  readonly g: TensorInfo;
  /** A gradient with respect to x to add, such as another layer's. */
  readonly more?: TensorInfo;
}

type BackwardAttrs = ConvolutionAttrs & {
  /** Whether the gradient with respect to x is wanted. */
  needed: boolean;
};

/** [dw, dx] of a convolution, [dw] if dx isn't needed. */
export function convolveGradient(
  inputs: GradientInputs,
  attrs: BackwardAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const { needed } = attrs;
  const info = describeConvolution("LecternConvolveGradient", inputs.x.shape, inputs.filter.shape, attrs);
  const dw = backend.makeOutput(info.filterShape, "float32");
  const dx = needed ? [backend.makeOutput(info.inShape, "float32")] : [];
  const outputs = [dw, ...dx];
  const at = (tensor: TensorInfo | undefined): number => (tensor ? addressOf(tensor, backend) : 0);
  const [x, filter, dy] = [inputs.x, inputs.filter, inputs.g].map(at) as [number, number, number];
  const to = dx.map((tensor) => ({ dx: at(tensor), more: at(inputs.more) }))[0];
  const tiling = tilingOf(info);
  if (util.sizeFromShape(info.outShape) === 0) fillOutputs(outputs, [inputs.more], backend);
  else if (tiling) convolveTilesBack({ x, filter, dy, dx: to, dw: at(dw) }, tiling, backend);
  else {
    correlate({ x, dy, dw: at(dw) }, info, backend);
    if (to) addBack([{ dy, filter }], to, info, backend);
  }
  return outputs;
}

export interface BackwardInputs extends GradientInputs, Pick<ForwardInputs, "filterTangent" | "t"> {
  /** dy's tangent. */
  readonly h: TensorInfo;
  /** A tangent of `more`. */
  readonly moreTangent?: TensorInfo;
}

/** [dw's tangent Σ x ⊗ dẏ + ẋ ⊗ dy, dx, dx's tangent dẏ ∗ wᵀ + dy ∗ ẇᵀ], only the first if dx isn't needed. */
export function convolveBackward(
  inputs: BackwardInputs,
  attrs: BackwardAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const { needed } = attrs;
  const info = describeConvolution("LecternConvolveBackward", inputs.x.shape, inputs.filter.shape, attrs);
  const dw = backend.makeOutput(info.filterShape, "float32");
  const dx = needed ? [1, 2].map(() => backend.makeOutput(info.inShape, "float32")) : [];
  const outputs = [dw, ...dx];
  const at = (tensor: TensorInfo | undefined): number => (tensor ? addressOf(tensor, backend) : 0);
  const [x, filter, filterTangent, g, h] = [
    inputs.x,
    inputs.filter,
    inputs.filterTangent,
    inputs.g,
    inputs.h,
  ].map(at) as [number, number, number, number, number];
  const t = inputs.t && at(inputs.t);
  const [to, toTangent] = dx.map((tensor, i) => ({
    dx: at(tensor),
    more: at(i === 0 ? inputs.more : inputs.moreTangent),
  }));
  const tiling = tilingOf(info);
  if (util.sizeFromShape(info.outShape) === 0)
    fillOutputs(outputs, [inputs.more, inputs.moreTangent], backend);
  else if (tiling) {
    const tangent = { x: t, filter: filterTangent, dy: h, dx: toTangent };
    convolveTilesBack({ x, filter, dy: g, dx: to, dw: at(dw), tangent }, tiling, backend);
  } else {
    correlate({ x, dy: h, dw: at(dw) }, info, backend);
    if (t !== undefined) correlate({ x: t, dy: g, dw: at(dw), accumulate: true }, info, backend);
    if (to) addBack([{ dy: g, filter }], to, info, backend);
    const terms = [
      { dy: h, filter },
      { dy: g, filter: filterTangent },
    ];
    if (toTangent) addBack(terms, toTangent, info, backend);
  }
  return outputs;
}

/** dx = more + a sum of gradients. */
function addBack(
  terms: readonly { dy: number; filter: number }[],
  { dx, more }: InputGradient,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  if (more !== 0) companionOf(backend).copyBytes(dx, more, util.sizeFromShape(info.inShape) * 4);
  for (const [i, term] of terms.entries())
    convolveBack({ ...term, dx, accumulate: more !== 0 || i > 0 }, info, backend);
}

/** Without an output there is nothing to add: dw is zero, and dx is what it was. */
function fillOutputs(
  [dw, ...dx]: readonly TensorInfo[],
  more: readonly (TensorInfo | undefined)[],
  backend: WasmBackend,
): void {
  const companion = companionOf(backend);
  const bytesOf = ({ shape }: TensorInfo): number => util.sizeFromShape(shape) * 4;
  companion.fillZero(addressOf(dw!, backend), bytesOf(dw!));
  for (const [i, target] of dx.entries()) {
    const term = more[i];
    if (term) companion.copyBytes(addressOf(target, backend), addressOf(term, backend), bytesOf(target));
    else companion.fillZero(addressOf(target, backend), bytesOf(target));
  }
}
