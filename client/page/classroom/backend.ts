import * as tf from "@tensorflow/tfjs-core";
import { selectBackend } from "@lectern/client/backends";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { explain } from "../explain.ts";
import type { BackendName } from "./backend-offers.ts";

export interface TakenBackend {
  readonly name: BackendName;
  /** What those before it said when they didn't start. */
  readonly passedOver: readonly string[];
  /** What happened, once the device is gone; pending for as long as it isn't. */
  readonly lost: Promise<string>;
}

/**
 * Loads a backend of TensorFlow.js, which is most of the page's bytes, and makes it the one in use.
 *
 * @throws LecternError `unsupported` if this browser can't run it
 */
export async function openBackend(name: BackendName): Promise<TakenBackend> {
  tf.env().set("PROD", true);
  // Apart from selectBackend, to whom a file that can't be fetched is a backend that doesn't work.
  await load[name]();
  const { lost } = await selectBackend({ order: [name], allowSoftware: true, load });
  return { name, lost, passedOver: [] };
}

/**
 * Opens the first of several backends that starts.
 *
 * @throws LecternError `unsupported` if none does
 */
export async function openFirst(candidates: readonly BackendName[]): Promise<TakenBackend> {
  const passedOver: string[] = [];
  for (const [i, name] of candidates.entries())
    try {
      return { ...(await openBackend(name)), passedOver };
    } catch (error) {
      if (!isLecternError(error) || i === candidates.length - 1) throw error;
      passedOver.push(explain(error));
    }
  throw new LecternError("unsupported", "There is no backend to choose from.", "Use another browser.");
}

const load: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  webgpu: () => import("@tensorflow/tfjs-backend-webgpu"),
  async wasm() {
    const [{ setWasmPaths }, plain, simd, threaded] = await Promise.all([
      import("@tensorflow/tfjs-backend-wasm"),
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
  },
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
};

const beside = (address: string): string => new URL(address, import.meta.url).href;
