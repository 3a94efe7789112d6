import { LecternError } from "@lectern/shared/errors";
import { loadVulkan } from "./vulkan-loader.ts";

/** An adapter, and how to let go of the GPU so that the process can end. */
export interface OpenedAdapter {
  readonly adapter: GPUAdapter;
  readonly software: boolean;
  /** Such as `NVIDIA GeForce RTX 3060 (nvidia ampere)`. */
  readonly description: string;
  release(): void;
}

/** Emulators: Chromium's, Mesa's (lavapipe), Windows' WARP. */
const emulators = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

export const isSoftware = ({
  isFallbackAdapter,
  architecture,
  device,
  description,
}: Pick<GPUAdapterInfo, "isFallbackAdapter" | "architecture" | "device" | "description">): boolean =>
  isFallbackAdapter || emulators.test(`${architecture} ${device} ${description}`);

/**
 * Finds WebGPU's best adapter through Dawn (npm package `webgpu`), and puts it where TensorFlow.js looks:
 * `navigator.gpu`.
 *
 * @throws LecternError `unsupported` if the package, a driver or an adapter is missing
 */
export async function openAdapter(): Promise<OpenedAdapter> {
  if (!loadVulkan())
    throw unsupported(
      "this machine has no Vulkan loader (libvulkan.so.1)",
      "Install it (Debian: apt-get install libvulkan1) and your GPU's Vulkan driver",
    );
  const gpu = (instance ??= await createInstance());
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  const release = () => Reflect.deleteProperty(globalThis.navigator, "gpu");
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    release();
    throw unsupported("no GPU adapter was found", "Install your GPU's driver (on Linux: its Vulkan driver)");
  }
  const { vendor, architecture, device, description } = adapter.info;
  return {
    adapter,
    software: isSoftware(adapter.info),
    description: `${description || device || "GPU"} (${[vendor, architecture].filter(Boolean).join(" ")})`,
    release,
  };
}

/**
 * Dawn crashes the process (webgpu 0.6.2) where its instance is garbage-collected while a device is being destroyed: it
 * is kept for as long as the thread lives. That doesn't keep the process alive, as a device in use does.
 */
let instance: GPU | undefined;

async function createInstance(): Promise<GPU> {
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    return create([]);
  } catch (cause) {
    throw unsupported(
      "the npm package webgpu can't be loaded",
      "Run: npm install --no-save webgpu@0.6.2",
      cause,
    );
  }
}

const unsupported = (reason: string, remedy: string, cause?: unknown): LecternError =>
  new LecternError(
    "unsupported",
    `WebGPU can't start here: ${reason}.`,
    `${remedy}, or use --backend wasm.`,
    {
      cause,
    },
  );
