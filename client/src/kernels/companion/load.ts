import { LecternError } from "@lectern/shared/errors";
import type { WasmBackend } from "../wasm-backend.ts";
import { moduleBase64, type CompanionFunctions } from "./module.ts";

const companions = new WeakMap<WasmBackend, CompanionFunctions>();

/** The memory of the backend; a build with threads keeps it elsewhere. */
function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory {
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  if (memory === undefined)
    throw new LecternError(
      "unsupported",
      "This build of the wasm backend of TensorFlow.js doesn't show its memory.",
      "Use @tensorflow/tfjs-backend-wasm 4.22.0.",
    );
  return memory;
}

const limitsWithMaximum = 1;
const sharedLimitsWithMaximum = 3;

/** The module's bytes, for a memory of either kind: an import must say whether it expects a shared one. */
function bytesFor(memory: WebAssembly.Memory): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(moduleBase64), (character) => character.charCodeAt(0));
  if (typeof SharedArrayBuffer === "undefined" || !(memory.buffer instanceof SharedArrayBuffer)) return bytes;
  // The import's entry: "memory", the kind (2: a memory), the limits' flag.
  const name = [...new TextEncoder().encode("memory"), 2, limitsWithMaximum];
  const at = bytes.findIndex((_, i) => name.every((byte, j) => bytes[i + j] === byte));
  bytes[at + name.length - 1] = sharedLimitsWithMaximum;
  return bytes;
}

const exportsOf = (instance: WebAssembly.Instance): CompanionFunctions =>
  instance.exports as unknown as CompanionFunctions;

const cantStart = (cause: unknown): LecternError =>
  new LecternError(
    "unsupported",
    `The kernels of @lectern/client can't start: ${String(cause)}.`,
    "They need WebAssembly SIMD, and in old browsers registerWasmKernels() before the backend starts. Otherwise use cpu or webgpu.",
  );

/**
 * Puts the companion module on the backend's memory, without blocking: browsers refuse to compile more than a few
 * kilobytes at once on a page's main thread.
 *
 * @throws LecternError `unsupported` where WebAssembly has no SIMD, or on a backend that isn't 4.22's
 */
export async function loadCompanion(backend: WasmBackend): Promise<void> {
  if (companions.has(backend)) return;
  const memory = memoryOf(backend);
  const { instance } = await WebAssembly.instantiate(bytesFor(memory), { env: { memory } }).catch(
    (error: unknown) => {
      throw cantStart(error);
    },
  );
  companions.set(backend, exportsOf(instance));
}

/**
 * The functions of the companion module on this backend's memory. Loaded on the spot if the backend had started before
 * the kernels were registered.
 *
 * @throws LecternError `unsupported` where WebAssembly has no SIMD, or on a backend that isn't 4.22's
 */
export function companionOf(backend: WasmBackend): CompanionFunctions {
  const loaded = companions.get(backend);
  if (loaded !== undefined) return loaded;
  const memory = memoryOf(backend);
  let instance: WebAssembly.Instance;
  try {
    instance = new WebAssembly.Instance(new WebAssembly.Module(bytesFor(memory)), { env: { memory } });
  } catch (error) {
    throw cantStart(error);
  }
  const functions = exportsOf(instance);
  companions.set(backend, functions);
  return functions;
}
