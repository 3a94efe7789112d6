import * as tf from "@tensorflow/tfjs-core";
import { registerWebgpuKernels } from "@lectern/client/kernels";
import { LecternError } from "@lectern/shared/errors";
import type { OpenedBackend } from "../opened.ts";
import { openAdapter, type OpenedAdapter } from "./adapter.ts";

/**
 * WebGPU in Node. The device gets all that its adapter allows: TensorFlow.js alone asks for too few storage buffers a
 * stage, so that AddN of nine tensors fails.
 *
 * @throws LecternError `unsupported` if there is no adapter, or only one that is emulated on the processor, unless
 *   `allowSoftware` asks for it: such an adapter is right, but slower than wasm
 */
export async function openWebGpu({ allowSoftware }: { allowSoftware: boolean }): Promise<OpenedBackend> {
  const opened = await openAdapter();
  if (opened.software && !allowSoftware) {
    opened.release();
    throw new LecternError(
      "unsupported",
      `WebGPU has only a software adapter here: ${opened.description}.`,
      "Name it to have it all the same: --backend webgpu.",
    );
  }
  const device = await openDevice(opened);
  // Looks for navigator.gpu as it loads.
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  registerWebgpuKernels();
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, opened.adapter.info), 3);
  let closing = false;
  const lost = device.lost.then(({ reason, message }) =>
    closing ? new Promise<never>(() => undefined) : message || reason,
  );
  return {
    name: "webgpu",
    device: `${opened.software ? "software adapter: " : ""}${opened.description}`,
    software: opened.software,
    lost,
    close() {
      closing = true;
      if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
      device.destroy();
      opened.release();
    },
  };
}

function openDevice({ adapter }: OpenedAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  // The limits are getters of the prototype.
  for (const name in adapter.limits) {
    const limit: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof limit === "number") requiredLimits[name] = limit;
  }
  const requiredFeatures = adapter.features.has("timestamp-query") ? ["timestamp-query" as const] : [];
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}
