import * as tf from "@tensorflow/tfjs-core";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import type { BackendName } from "./backend-offers.ts";

/**
 * Loads a backend of TensorFlow.js, which is most of the page's bytes, and makes it the one in use.
 *
 * @throws LecternError `unsupported` if this browser can't run it
 */
export async function openBackend(name: BackendName): Promise<void> {
  tf.env().set("PROD", true);
  if (tf.getBackend() === name) return;
  await load[name]();
  const started = await tf.setBackend(name).catch(() => false);
  if (!started || tf.getBackend() !== name)
    throw new LecternError(
      "unsupported",
      `TensorFlow.js can't start its ${name} backend in this browser.`,
      "Choose another backend.",
    );
}

/**
 * Opens the first of several backends that starts.
 *
 * @returns which one, and what each one before it said
 * @throws LecternError `unsupported` if none starts
 */
export async function openFirst(
  candidates: readonly BackendName[],
): Promise<{ readonly name: BackendName; readonly passedOver: readonly string[] }> {
  const passedOver: string[] = [];
  for (const [i, name] of candidates.entries())
    try {
      await openBackend(name);
      return { name, passedOver };
    } catch (error) {
      if (!isLecternError(error) || i === candidates.length - 1) throw error;
      passedOver.push(error.message);
    }
  throw new LecternError("unsupported", "There is no backend to choose from.", "Use another browser.");
}

const load: Readonly<Record<BackendName, () => Promise<void>>> = {
  async webgpu() {
    const [{ registerWebgpuKernels }] = await Promise.all([
      import("@lectern/client/kernels"),
      import("@tensorflow/tfjs-backend-webgpu"),
    ]);
    registerWebgpuKernels();
  },
  async wasm() {
    const [{ setWasmPaths }, { registerWasmKernels }, plain, simd, threaded] = await Promise.all([
      import("@tensorflow/tfjs-backend-wasm"),
      import("@lectern/client/kernels"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm"),
    ]);
    // All three must be named; the browser fetches the one that it can run.
    setWasmPaths({
      "tfjs-backend-wasm.wasm": beside(plain.default),
      "tfjs-backend-wasm-simd.wasm": beside(simd.default),
      "tfjs-backend-wasm-threaded-simd.wasm": beside(threaded.default),
    });
    registerWasmKernels();
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
  },
};

const beside = (address: string): string => new URL(address, import.meta.url).href;
