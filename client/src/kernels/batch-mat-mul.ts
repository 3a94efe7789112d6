import { Transpose, util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { call, callKernel, chain, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

/** Below this many multiplications two more kernel calls cost more than the naive loop. */
const SMALL = 8192;

function swapLastAxes(x: TensorInfo, backend: WasmBackend): TensorInfo {
  const axes = x.shape.map((_, i) => i);
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).toReversed()];
  return callKernel(Transpose, { x }, { perm }, backend);
}

/**
 * Matrix product. The stock kernel reaches XNNPACK only if neither matrix is transposed; its loop for the others, which
 * every gradient of a dense layer takes, is eight times slower than to transpose first.
 */
export function batchMatMulWith(
  stock: KernelFunc,
): WasmKernel<{ a: TensorInfo; b: TensorInfo }, { transposeA: boolean; transposeB: boolean }> {
  return ({ a, b }, { transposeA, transposeB }, backend) => {
    const multiplications = util.sizeFromShape(a.shape) * (b.shape.at(transposeB ? -2 : -1) ?? 1);
    if ((!transposeA && !transposeB) || multiplications < SMALL)
      return call(stock, { a, b }, { transposeA, transposeB }, backend);
    return chain(backend, (track) => {
      const left = transposeA ? track(swapLastAxes(a, backend)) : a;
      const right = transposeB ? track(swapLastAxes(b, backend)) : b;
      return call(stock, { a: left, b: right }, { transposeA: false, transposeB: false }, backend);
    });
  };
}
