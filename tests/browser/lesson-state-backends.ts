import { selectBackend, type BackendName, type SelectedBackend } from "@lectern/client/backends";

/** Every backend of browsers, as a page's bundler finds them; TensorFlow.js' wasm files lie beside the script. */
const load = {
  webgpu: () => import("@tensorflow/tfjs-backend-webgpu"),
  async wasm() {
    const [wasm, plain, simd, threaded] = await Promise.all([
      import("@tensorflow/tfjs-backend-wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm"),
    ]);
    const beside = (address: string): string => new URL(address, location.href).href;
    wasm.setWasmPaths({
      "tfjs-backend-wasm.wasm": beside(plain.default),
      "tfjs-backend-wasm-simd.wasm": beside(simd.default),
      "tfjs-backend-wasm-threaded-simd.wasm": beside(threaded.default),
    });
    return wasm;
  },
  webgl: () => import("@tensorflow/tfjs-backend-webgl"),
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
};

export const openInBrowser = (
  order?: readonly BackendName[],
  allowSoftware = false,
): Promise<SelectedBackend> => selectBackend({ order, allowSoftware, load });
