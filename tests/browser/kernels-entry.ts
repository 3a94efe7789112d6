import { openBackend } from "../../client/page/classroom/backend.ts";
import { computeGradients } from "./kernel-gradients.ts";

/** What the kernels computed, and where. */
export interface KernelReport {
  readonly gradients: number[][];
  /** The backend's memory is shared among threads. */
  readonly shared: boolean;
}

declare global {
  interface Window {
    computeInPage(): Promise<KernelReport>;
    computeInWorker(): Promise<KernelReport>;
  }
}

async function compute(): Promise<KernelReport> {
  await openBackend("wasm");
  return computeGradients();
}

if (typeof window === "undefined")
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a worker of one question
  onmessage = async () => postMessage(await compute());
else {
  window.computeInPage = compute;
  window.computeInWorker = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("entry.js", location.href), { type: "module" });
      worker.addEventListener("message", ({ data }) => resolve(data as KernelReport));
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
      worker.postMessage("compute");
    });
}
