import { util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { addressOf, call, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

export interface ReductionAttrs {
  axis: number | number[];
  keepDims: boolean;
}

/**
 * Sum, or Mean, over axes that follow each other, in blocks that are added up in float64. The stock kernels transpose
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
    const [first = 0] = axes;
    const adjoining = axes.length > 0 && axes.every((axis, i) => axis === first + i);
    if (x.dtype !== "float32" || size === 0 || !adjoining) return call(stock, { x }, attrs, backend);
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    const output = backend.makeOutput(
      attrs.keepDims ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length)) : kept,
      "float32",
    );
    const results = util.sizeFromShape(kept);
    const factor = mean ? results / size : 1;
    const columns = util.sizeFromShape(shape.slice(first + axes.length));
    const rows = size / results;
    if (columns === 1) sumRows(x, output, results, rows, factor, backend);
    else sumColumns(x, output, results / columns, rows, columns, factor, backend);
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
  count: number,
  rows: number,
  columns: number,
  factor: number,
  backend: WasmBackend,
): void {
  const sums = scratchOf(backend, columns * 8);
  const target = addressOf(output, backend);
  const from = addressOf(x, backend);
  companionOf(backend).columnSumsOfEach(target, sums, from, count, rows, columns, factor);
}
