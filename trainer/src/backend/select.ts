import * as tf from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "@lectern/client/kernels";
import { LecternError } from "@lectern/shared/errors";

export const backendNames = ["auto", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/**
 * Makes a TensorFlow.js backend current in this thread.
 * - `wasm`: XNNPACK with SIMD on one core, with the kernels that it lacks
 * - `cpu`: plain JavaScript, the slow reference
 * - `auto`: wasm
 *
 * @returns the name of the backend that is current now
 * @throws LecternError `invalid-argument` for an unknown name, `unsupported` if the backend can't start here
 */
export async function useBackend(name: string): Promise<"wasm" | "cpu"> {
  if (!(backendNames as readonly string[]).includes(name))
    throw new LecternError(
      "invalid-argument",
      `Unknown backend "${name}".`,
      `Choose one of ${backendNames.join(", ")}.`,
    );
  // Silences TensorFlow.js' banner about its native backend.
  tf.env().set("PROD", true);
  const backend = name === "cpu" ? "cpu" : "wasm";
  if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  else {
    await import("@tensorflow/tfjs-backend-wasm");
    registerWasmKernels();
  }
  if (!(await tf.setBackend(backend)))
    throw new LecternError(
      "unsupported",
      `The backend "${backend}" can't start on this machine.`,
      "Try --backend cpu.",
    );
  await tf.ready();
  return backend;
}
