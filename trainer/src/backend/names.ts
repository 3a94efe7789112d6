import { LecternError } from "@lectern/shared/errors";

/**
 * Backends that a run can name:
 * - `node-gpu`: TensorFlow on CUDA, `node`: TensorFlow on the processor (optional peer packages)
 * - `webgpu`: Dawn, on Vulkan, Metal or Direct3D 12
 * - `wasm`: XNNPACK with SIMD on one core
 * - `cpu`: plain JavaScript, the slow reference
 */
export const backendNames = ["node-gpu", "node", "webgpu", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** What `--backend` takes. */
export const backendChoices = ["auto", ...backendNames] as const;

/** One device that all threads would share, or a library with threads of its own: one worker is best. */
export const hasOwnThreads = (name: BackendName): boolean => name !== "wasm" && name !== "cpu";

/** @throws LecternError `invalid-argument` for a name that is none */
export function expectBackendName(name: string): BackendName | "auto" {
  const known = backendChoices.find((choice) => choice === name);
  if (known !== undefined) return known;
  throw new LecternError(
    "invalid-argument",
    `Unknown backend "${name}".`,
    `Choose one of ${backendChoices.join(", ")}.`,
  );
}
