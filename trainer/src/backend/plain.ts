import { registerWasmKernels } from "@lectern/client/kernels";
import { neverLost, type OpenedBackend } from "./opened.ts";

const opened = (name: "wasm" | "cpu"): OpenedBackend => ({
  name,
  device: "",
  software: false,
  lost: neverLost,
  close: () => undefined,
});

export async function openWasm(): Promise<OpenedBackend> {
  await import("@tensorflow/tfjs-backend-wasm");
  registerWasmKernels();
  return opened("wasm");
}

export async function openCpu(): Promise<OpenedBackend> {
  await import("@tensorflow/tfjs-backend-cpu");
  return opened("cpu");
}
