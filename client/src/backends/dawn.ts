import { firstLine } from "./open-native.ts";
import { unless } from "./opened.ts";

const dawn: string = "webgpu";

/** What we use of that package. */
interface Dawn {
  readonly globals: object;
  create(flags: string[]): GPU;
}

/**
 * Dawn crashes the process (webgpu 0.6.2) where its instance is garbage-collected while a device is being destroyed: it
 * is kept for as long as the thread lives. That doesn't keep the process alive, as a device in use does.
 */
let instance: GPU | undefined;

/**
 * Puts WebGPU where TensorFlow.js looks for it in Node, from the npm package `webgpu` (Dawn).
 * @returns how to take it away again, so that the process can end
 */
export async function provideGpu(): Promise<() => void> {
  if ("gpu" in globalThis.navigator) return () => undefined;
  unless(loadVulkan(), "there is no Vulkan loader (libvulkan.so.1)");
  try {
    // Not by a name that a bundler sees: browsers have WebGPU of their own.
    const { create, globals } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ dawn)) as Dawn;
    Object.assign(globalThis, globals);
    instance ??= create([]);
  } catch (cause) {
    unless(false, `the package webgpu can't be loaded: ${firstLine(cause)}`, cause);
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: instance, configurable: true });
  return () => void Reflect.deleteProperty(globalThis.navigator, "gpu");
}

const loader = "libvulkan.so.1";
/** Linux' RTLD_NODELETE, which Node doesn't name: the library stays when Node finds that it is no addon of its own. */
const stay = 0x1000;

/**
 * True if Dawn will find a Vulkan loader on Linux: the system's, or one that lies beside the driver's manifest in
 * VK_ICD_FILENAMES (Debian's chromium brings both). Without one, Dawn would complain on stderr by itself.
 */
function loadVulkan(): boolean {
  if (process.platform !== "linux") return true;
  const manifest = process.env["VK_ICD_FILENAMES"]?.split(":")[0];
  const beside = manifest?.replace(/[^/]*$/, loader);
  const { existsSync } = process.getBuiltinModule("node:fs");
  return opens(loader) || (beside !== undefined && existsSync(beside) && opens(beside));
}

function opens(library: string): boolean {
  const { constants } = process.getBuiltinModule("node:os");
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | stay);
    return true;
  } catch (error) {
    // A shared library that could be read is "no addon of Node's"; one that couldn't is an error of the linker's.
    return error instanceof Error && error.message.includes("did not self-register");
  }
}
