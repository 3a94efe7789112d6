import { tf } from "@lectern/shared/tensorflow";
import { registerWebgpuKernels } from "../kernels/index.ts";
import { registerFastLosses } from "./fast-losses.ts";
import { provideGpu } from "./dawn.ts";
import { inNode } from "./names.ts";
import { expectRegistered } from "./open-plain.ts";
import { isEmulator, unless, type OpenedBackend, type OpenOptions } from "./opened.ts";

/** What TensorFlow.js' package gives. */
type MakeBackend = new (device: GPUDevice, info: GPUAdapterInfo) => tf.KernelBackend;

/** Devices of which it is known that they are gone. */
const gone = new WeakSet<GPUDevice>();

/**
 * WebGPU, with all that the adapter allows: TensorFlow.js alone asks for less. A backend whose device was lost is
 * replaced by one on a new device; one that works is left as it is.
 */
export async function openWebgpu({ load, allowSoftware }: OpenOptions): Promise<OpenedBackend> {
  const release = inNode() ? await provideGpu() : () => undefined;
  try {
    const { gpu } = globalThis.navigator as { gpu?: GPU };
    unless(gpu, "there is no WebGPU here (navigator.gpu)");
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    unless(adapter, "there is no GPU adapter");
    const { isFallbackAdapter, architecture, device: model, description, vendor } = adapter.info;
    const device = description || model || [vendor, architecture].filter(Boolean).join(" ") || "GPU";
    const software = isFallbackAdapter || isEmulator(`${architecture} ${model} ${description}`);
    unless(allowSoftware || !software, `WebGPU is emulated on the processor here (${device})`);
    const { WebGPUBackend } = ((await load?.()) ?? {}) as { WebGPUBackend?: MakeBackend };
    const current = await backendOf(adapter, WebGPUBackend);
    registerWebgpuKernels();
    registerFastLosses();
    return { device, software, lost: watch(current), close: () => close(current, release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** The device of the backend that `tf.setBackend("webgpu")` will give. */
async function backendOf(adapter: GPUAdapter, WebGPUBackend: MakeBackend | undefined): Promise<GPUDevice> {
  const existing = tf.engine().registry["webgpu"] as { device: GPUDevice } | undefined;
  if (existing && !gone.has(existing.device)) return existing.device;
  const factory = tf.findBackendFactory("webgpu");
  if (existing) tf.removeBackend("webgpu");
  if (WebGPUBackend) {
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
      requiredLimits: limitsOf(adapter),
    });
    if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
    tf.registerBackend("webgpu", () => new WebGPUBackend(device, adapter.info), 3);
    return device;
  }
  if (existing && factory) tf.registerBackend("webgpu", factory, 3);
  expectRegistered("webgpu");
  unless(await tf.setBackend("webgpu"), "TensorFlow.js can't start it");
  return (tf.backend() as unknown as { device: GPUDevice }).device;
}

function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  // They are getters of the prototype.
  for (const name in adapter.limits) {
    const limit: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof limit === "number") limits[name] = limit;
  }
  return limits;
}

const closing = new WeakSet<GPUDevice>();

const watch = (device: GPUDevice): Promise<string> =>
  device.lost.then(({ reason, message }) => {
    gone.add(device);
    return closing.has(device) ? new Promise<never>(() => undefined) : message || reason || "no reason given";
  });

function close(device: GPUDevice, release: () => void): void {
  closing.add(device);
  if ((tf.engine().registry["webgpu"] as { device?: GPUDevice } | undefined)?.device === device)
    tf.removeBackend("webgpu");
  device.destroy();
  release();
}
