import { util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { addressOf, call, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

export interface ReductionAttrs {
  axis: number | number[];
  keepDims: boolean;
}

/**
 * Sum, or Mean, over axes that come first or last, in blocks that are added up in float64. The stock kernels transpose
 * first, and add everything into one float32, which is off by 1e-5 for 100,000 numbers; they still do the other axes and types.
 */
export function reductionWith(
  stock: KernelFunc,
  mean: boolean,
): WasmKernel<{ x: TensorInfo }, ReductionAttrs> {
  return ({ x }, attrs, backend) => {
    const { shape } = x;
    const axes = util.parseAxisParam(attrs.axis, shape);
    const size = util.sizeFromShape(shape);
    const first = axes.every((axis, i) => axis === i);
    const last = axes.every((axis, i) => axis === shape.length - axes.length + i);
    if (x.dtype !== "float32" || size === 0 || (!first && !last)) return call(stock, { x }, attrs, backend);
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    const output = backend.makeOutput(
      attrs.keepDims ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length)) : kept,
      "float32",
    );
    const results = util.sizeFromShape(kept);
    const factor = mean ? results / size : 1;
    if (last || results === 1) sumRows(x, output, results, size / results, factor, backend);
    else sumColumns(x, output, size / results, results, factor, backend);
    return output;
  };
}

function sumRows(
  x: TensorInfo,
  output: TensorInfo,
  rows: number,
  columns: number,
  factor: number,
  backend: WasmBackend,
): void {
  companionOf(backend).rowSums(addressOf(output, backend), addressOf(x, backend), rows, columns, factor);
}

function sumColumns(
  x: TensorInfo,
  output: TensorInfo,
  rows: number,
  columns: number,
  factor: number,
  backend: WasmBackend,
): void {
  const sums = scratchOf(backend, columns * 8);
  const target = addressOf(output, backend);
  companionOf(backend).columnSums(target, sums, addressOf(x, backend), rows, columns, factor);
}
