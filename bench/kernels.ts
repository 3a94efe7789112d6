import "@tensorflow/tfjs-backend-wasm";
import { registerWasmKernels } from "@lectern/client/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { listCases, type KernelCase } from "./kernels/cases.ts";
import { measureRoofline, type Roofline } from "./kernels/peak.ts";
import { shortest } from "./kernels/shortest.ts";

// npm run bench:kernels [-- PART OF A NAME [IMAGES]]: each kernel beside TensorFlow.js's own and beside what the machine gives.

const budgetMs = 400;

/** Milliseconds of one call, or undefined if there is no such kernel. */
function time(kernel: tf.KernelConfig | undefined, { inputs, attrs }: KernelCase): number | undefined {
  if (kernel === undefined) return undefined;
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, tf.randomNormal(shape, 0, 1, "float32", 7)]),
  );
  const backend = tf.backend();
  const run = (): void => {
    const result = kernel.kernelFunc({ inputs: tensors, attrs: attrs as tf.NamedAttrMap, backend });
    for (const { dataId } of [result].flat()) backend.disposeData(dataId);
  };
  run();
  const ms = shortest(run, budgetMs);
  tf.dispose(tensors);
  return ms;
}

/** The time that the machine's multipliers and adders, or its memory, would take at least. */
function floorMs({ flops, numbers }: KernelCase, { gigaflops, gigabytes }: Roofline): number {
  return Math.max(flops / gigaflops, (numbers * 4) / gigabytes) / 1e6;
}

const cell = (value: number | undefined, digits: number): string =>
  (value === undefined ? "–" : value.toFixed(digits)).padStart(9);

tf.env().set("PROD", true);
const cases = listCases(Number(process.argv[3] ?? 128)).filter(({ name }) =>
  name.includes(process.argv[2] ?? ""),
);
const stock = new Map(cases.map(({ kernelName }) => [kernelName, tf.getKernel(kernelName, "wasm")]));
registerWasmKernels();
await tf.setBackend("wasm");
const roofline = await measureRoofline();
console.log(
  `one core: ${roofline.gigaflops.toFixed(1)} GFLOP/s in registers, ${roofline.gigabytes.toFixed(1)} GB/s copied`,
);
console.log(`${"".padEnd(46)}  stock ms  ours ms  GFLOP/s  of roof`);
for (const kernelCase of cases) {
  const { name, kernelName, flops } = kernelCase;
  const before = time(stock.get(kernelName), kernelCase);
  const ms = time(tf.getKernel(kernelName, "wasm"), kernelCase) ?? Number.NaN;
  const share = `${((100 * floorMs(kernelCase, roofline)) / ms).toFixed(0)} %`;
  console.log(
    `${name.padEnd(46)} ${cell(before, 3)} ${cell(ms, 3)} ${cell(flops / ms / 1e6, 1)} ${share.padStart(6)}`,
  );
}
