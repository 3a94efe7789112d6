import { tf } from "@lectern/shared/tensorflow";
import { registerFastLosses } from "./fast-losses.ts";
import { registerWasmKernels } from "../kernels/index.ts";
import { registeredName, packages, type BackendName } from "./names.ts";
import { isEmulator, never, unless, type OpenedBackend, type OpenOptions } from "./opened.ts";

const opened = (device = "", software = false): OpenedBackend => ({
  device,
  software,
  lost: never,
  close: () => undefined,
});

/** @throws PassedOver if nobody has loaded the backend's package */
export function expectRegistered(name: BackendName): void {
  unless(
    tf.findBackendFactory(registeredName(name)),
    `its package isn't loaded; pass load: { ${name}: () => import("${packages[name]}") }, or import it`,
  );
}

export async function openCpu({ load }: OpenOptions): Promise<OpenedBackend> {
  await load?.();
  expectRegistered("cpu");
  return opened();
}

/** With our kernels: those that training needs and TensorFlow.js lacks, and faster ones. */
export async function openWasm({ load }: OpenOptions): Promise<OpenedBackend> {
  unless(typeof WebAssembly === "object", "there is no WebAssembly here");
  await load?.();
  expectRegistered("wasm");
  registerWasmKernels();
  registerFastLosses();
  return opened();
}

export async function openWebgl({ load, allowSoftware }: OpenOptions): Promise<OpenedBackend> {
  const canvas =
    typeof OffscreenCanvas === "function"
      ? new OffscreenCanvas(1, 1)
      : globalThis.document?.createElement("canvas");
  const gl = canvas?.getContext("webgl2") as WebGL2RenderingContext | null | undefined;
  unless(gl, "there is no WebGL 2 here");
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const device = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  const software = isEmulator(device);
  unless(allowSoftware || !software, `WebGL is emulated on the processor here (${device})`);
  await load?.();
  expectRegistered("webgl");
  return opened(device, software);
}
