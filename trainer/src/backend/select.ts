import * as tf from "@tensorflow/tfjs-core";
import { registerOptimizers } from "@lectern/client/optimizers";
import { LecternError } from "@lectern/shared/errors";
import { chooseBackend, type Openers } from "./choose.ts";
import { expectBackendName, type BackendName } from "./names.ts";
import { openNative } from "./native/open.ts";
import type { OpenedBackend } from "./opened.ts";
import { openCpu, openWasm } from "./plain.ts";
import { openWebGpu } from "./webgpu/open.ts";

const openers: Readonly<Record<BackendName, () => Promise<OpenedBackend>>> = {
  "node-gpu": () => openNative("node-gpu"),
  node: () => openNative("node"),
  webgpu: () => openWebGpu({ allowSoftware: true }),
  wasm: openWasm,
  cpu: openCpu,
};
const choices: Openers = { ...openers, webgpu: () => openWebGpu({ allowSoftware: false }) };

export interface BackendInUse extends OpenedBackend {
  /** For `auto`: why those before it were passed over. */
  readonly why: readonly string[];
}

/** TensorFlow.js' backends are a thread's, and so is what was opened for them. */
const opened = new Map<BackendName, OpenedBackend>();

/**
 * Makes a TensorFlow.js backend current in this thread: one of `backendNames`, or `auto` for the first that starts of
 * node-gpu, node, webgpu (on a real GPU), wasm. Call `closeBackends` at the end, or WebGPU keeps the process alive.
 *
 * @throws LecternError `invalid-argument` for an unknown name, `unsupported` if the backend can't be had here, with what
 *   installs it
 * @example
 * ```ts
 * const { name, device, why } = await openBackend("auto");
 * ```
 */
export async function openBackend(name: string): Promise<BackendInUse> {
  const wanted = expectBackendName(name);
  // Here, since every thread that teaches comes through here first.
  registerOptimizers();
  // Silences TensorFlow.js' banner about its native backend.
  tf.env().set("PROD", true);
  const { opened: backend, why } =
    wanted === "auto" ? await chooseBackend(choices) : { opened: await reopen(wanted), why: [] };
  opened.set(backend.name, backend);
  void backend.lost.then(() => opened.get(backend.name) === backend && opened.delete(backend.name));
  if (!(await tf.setBackend(registeredName(backend.name))))
    throw new LecternError(
      "unsupported",
      `The backend "${backend.name}" can't start on this machine.`,
      "Try --backend wasm, or --backend cpu.",
    );
  await tf.ready();
  return { ...backend, why };
}

/** As `openBackend`, for those who need no more than the name. */
export async function useBackend(name: string): Promise<BackendName> {
  return (await openBackend(name)).name;
}

/** Lets go of devices, so that the process can end. Tensors on WebGPU are gone after it. */
export function closeBackends(): void {
  for (const backend of opened.values()) backend.close();
  opened.clear();
}

const reopen = async (name: BackendName): Promise<OpenedBackend> => opened.get(name) ?? openers[name]();

/** TensorFlow's own library registers as `tensorflow`, with and without CUDA. */
const registeredName = (name: BackendName): string => (name.startsWith("node") ? "tensorflow" : name);
