import * as tf from "@tensorflow/tfjs-core";
import { createActions } from "./actions.ts";
import { benchCase } from "./cases.ts";
import { openStep } from "./open-step.ts";
import { drawStep } from "./step-data.ts";

export interface MemoryUse {
  readonly tensors: number;
  /** Of data on the backend; clones share it. */
  readonly buffers: number;
  /** Bytes of the WebAssembly memory, which only grows. */
  readonly heap: number;
}

function memoryUse(): MemoryUse {
  const { numTensors, numDataBuffers } = tf.memory();
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  return { tensors: numTensors, buffers: numDataBuffers, heap: wasm.HEAPU8.byteLength };
}

/** What the wasm backend holds after `warmUp` steps and their reversals, and after `count` more. */
export async function watchMemory(name: string, count: number, warmUp = 20): Promise<[MemoryUse, MemoryUse]> {
  const bench = benchCase(name);
  const open = openStep(bench, drawStep(bench, 1));
  const { step, reverse, ceStep } = createActions(open);
  const run = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await step();
      await reverse();
      if (i % 100 === 0) await ceStep();
    }
  };
  await run(warmUp);
  const before = memoryUse();
  await run(count);
  const after = memoryUse();
  open.dispose();
  return [before, after];
}
