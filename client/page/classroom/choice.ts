import type { FixedLossName } from "@lectern/shared/teacher";

/** Nothing of TensorFlow.js here: the form is shown before it is loaded. */
export type BackendName = "webgpu" | "wasm" | "cpu";

/** What the teacher's student is compared with. */
export interface Rival {
  readonly loss: FixedLossName;
  readonly parameter?: number;
  /** Undefined: the rate that the teacher was trained for. */
  readonly learningRate?: number;
}

/** What the form asks for. */
export interface Choice {
  /** name@version */
  readonly teacher: string;
  readonly backend: BackendName;
  readonly rival: Rival;
  /** Of the first pair; the others follow. */
  readonly seed: number;
  /** Pairs of students, one after the other. */
  readonly pairs: number;
  /** 0 … 1: with this probability a training label is drawn anew. */
  readonly labelNoise: number;
  /** Undefined: as many as the teacher was trained for. */
  readonly steps?: number;
}

export interface BackendOffer {
  readonly name: BackendName;
  readonly label: string;
}

/** The backends that this browser has, fastest first. */
export async function offerBackends(): Promise<readonly BackendOffer[]> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const software = adapter?.info?.isFallbackAdapter || /swiftshader/i.test(adapter?.info?.architecture ?? "");
  const webgpu: BackendOffer = { name: "webgpu", label: software ? "WebGPU (software: slow)" : "WebGPU" };
  const wasm: BackendOffer = { name: "wasm", label: "WebAssembly" };
  const small = typeof WebAssembly === "object" ? [wasm] : [];
  const offers = adapter && !software ? [webgpu, ...small] : [...small, ...(adapter ? [webgpu] : [])];
  return [...offers, { name: "cpu", label: "Plain JavaScript (slow)" }];
}
