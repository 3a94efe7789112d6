import { broadcast_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { fusesHere, type Fused } from "./fused.ts";
import { multiply } from "./multiply.ts";
import { addressOf, call, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

interface Matrices {
  a: TensorInfo;
  b: TensorInfo;
}

interface Transposed {
  transposeA: boolean;
  transposeB: boolean;
}

/** Below this many rows XNNPACK, which shares out columns, is faster: 45 GFLOP/s against 32 at 4 × 1024 × 1024. */
const fewRows = 4;

/** For each matrix of the result, its number among those of an operand whose leading axes may be 1. */
function repeatOver(leading: number[], result: number[]): number[] {
  const strides = util.computeStrides([...leading, 1]);
  const offset = result.length - leading.length;
  return Array.from({ length: util.sizeFromShape(result) }, (_, i) => {
    let rest = i;
    let index = 0;
    for (let axis = result.length - 1; axis >= 0; axis--) {
      const length = result[axis] ?? 1;
      const own = axis - offset;
      if (own >= 0 && leading[own] !== 1) index += (rest % length) * (strides[own] ?? 1);
      rest = Math.floor(rest / length);
    }
    return index;
  });
}

/** a·b over their last two axes, the leading ones broadcast, with a bias and a relu if wanted. */
function multiplyBatches(
  { a, b, bias }: Matrices & { bias?: TensorInfo | undefined },
  { transposeA, transposeB, relu }: Transposed & { relu: boolean },
  backend: WasmBackend,
): TensorInfo {
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const inner = a.shape.at(transposeA ? -2 : -1) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  util.assert(
    inner === b.shape.at(transposeB ? -1 : -2),
    () =>
      `Error in matMul: inner shapes of tensors with shapes ${a.shape} and ${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const [leadingA, leadingB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const leading = broadcast_util.assertAndGetBroadcastShape(leadingA, leadingB);
  const result = backend.makeOutput([...leading, rows, columns], "float32");
  const [aAddress, bAddress, c] = [a, b, result].map((info) => addressOf(info, backend)) as [
    number,
    number,
    number,
  ];
  const shared = { inner, columns, transposeA, transposeB, relu };
  const sides = { ...shared, bias: bias === undefined ? 0 : addressOf(bias, backend) };
  if (!transposeA && util.sizeFromShape(leadingB) === 1) {
    multiply({ ...sides, a: aAddress, b: bAddress, c, rows: rows * util.sizeFromShape(leading) }, backend);
    return result;
  }
  const [ofA, ofB] = [repeatOver(leadingA, leading), repeatOver(leadingB, leading)];
  for (const [i, at] of ofA.entries())
    multiply(
      {
        ...sides,
        a: aAddress + at * rows * inner * 4,
        b: bAddress + (ofB[i] ?? 0) * inner * columns * 4,
        c: c + i * rows * columns * 4,
        rows,
      },
      backend,
    );
  return result;
}

/** Whether our product takes it: float32, and not so few rows that XNNPACK is faster. */
function takes({ a, b }: Matrices, { transposeA, transposeB }: Transposed): boolean {
  if (a.dtype !== "float32" || b.dtype !== "float32") return false;
  return transposeA || transposeB || util.sizeFromShape(a.shape.slice(0, -1)) > fewRows;
}

/** Matrix product. The stock kernel reaches XNNPACK only if neither matrix is transposed; its loop for the others is slow. */
export function batchMatMulWith(stock: KernelFunc): WasmKernel<Matrices, Transposed> {
  return (inputs, attrs, backend) =>
    takes(inputs, attrs)
      ? multiplyBatches(inputs, { ...attrs, relu: false }, backend)
      : call(stock, inputs as unknown as Record<string, TensorInfo>, attrs, backend);
}

/** Matrix product with bias and activation. What isn't fused here is left to the stock kernel. */
export function fusedMatMulWith(
  stock: KernelFunc,
): WasmKernel<Matrices & Fused, Transposed & { activation: string }> {
  return (inputs, attrs, backend) => {
    const columns = inputs.b.shape.at(attrs.transposeB ? -2 : -1) ?? 1;
    return takes(inputs, attrs) && fusesHere(inputs, attrs.activation, columns)
      ? multiplyBatches(inputs, { ...attrs, relu: attrs.activation === "relu" }, backend)
      : call(stock, inputs as unknown as Record<string, TensorInfo>, attrs, backend);
  };
}
