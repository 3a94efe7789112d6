import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { positionOf } from "./finite-theta.ts";

/** The first operation that made NaN or infinity, or was given one that was uploaded. */
export interface NonFinite {
  /** TensorFlow.js' name of the operation, such as `Exp`. */
  readonly kernel: string;
  readonly what: "result" | "input";
  readonly shape: readonly number[];
  /** Where in it the first such number is. */
  readonly position: readonly number[];
  readonly value: number;
  /** Such numbers among all of it. */
  readonly count: number;
  readonly inputShapes: readonly (readonly number[])[];
}

/** Thrown through TensorFlow.js to stop at once; `watchKernels` catches it. */
class Stop extends Error {
  override readonly name = "Stop";
  readonly found: NonFinite;
  constructor(found: NonFinite) {
    super(found.kernel);
    this.found = found;
  }
}

/**
 * Runs something with every kernel of the current backend watched, and stops at the first that gives NaN or infinity.
 * Each result is looked at, so this takes several times as long. For backends whose tensors can be read at once: cpu
 * and wasm.
 *
 * @returns what was found, or undefined if all numbers were finite
 */
export async function watchKernels(run: () => Promise<unknown>): Promise<NonFinite | undefined> {
  const backend = tf.getBackend();
  const configs = tf.getKernelsForBackend(backend);
  for (const config of configs) replace(config, watched(config));
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.found;
    throw error;
  } finally {
    for (const config of configs) replace(config, config.kernelFunc);
  }
}

function replace(config: KernelConfig, kernelFunc: KernelFunc): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel({ ...config, kernelFunc });
}

const watched =
  ({ kernelName, kernelFunc }: KernelConfig): KernelFunc =>
  (call) => {
    const inputs = Object.values(call.inputs).flat().filter(Boolean) as TensorInfo[];
    const inputShapes = inputs.map(({ shape }) => shape);
    const look = (what: NonFinite["what"], tensor: TensorInfo) => {
      const found = firstNonFinite(tensor);
      if (found) throw new Stop({ kernel: kernelName, what, shape: tensor.shape, ...found, inputShapes });
    };
    for (const input of inputs) look("input", input);
    const result = kernelFunc(call);
    for (const output of [result].flat()) look("result", output);
    return result;
  };

function firstNonFinite({
  dataId,
  dtype,
  shape,
}: TensorInfo): Pick<NonFinite, "position" | "value" | "count"> | undefined {
  if (dtype !== "float32") return undefined;
  const values = tf.backend().readSync(dataId) as Float32Array;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return undefined;
  const count = values.reduce((sum, value) => sum + Number(!Number.isFinite(value)), 0);
  return { position: positionOf(at, shape), value: values[at]!, count };
}
