/** Nothing of TensorFlow.js here: the form is shown before it is loaded. */
export type BackendName = "webgpu" | "wasm" | "cpu";
export type BackendChoice = BackendName | "auto";

export interface BackendOffer {
  readonly name: BackendName;
  readonly label: string;
  readonly available: boolean;
  /** Why one would take it, or can't. */
  readonly reason: string;
}

/** What a browser can do, as far as it says so. */
export interface Abilities {
  /** Undefined: it has no WebGPU at all; null: it has, but no adapter for it. */
  readonly adapter: { readonly software: boolean } | null | undefined;
  readonly wasm: boolean;
}

export async function askBrowser(): Promise<Abilities> {
  const wasm = typeof WebAssembly === "object";
  if (!navigator.gpu) return { adapter: undefined, wasm };
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  const { isFallbackAdapter, architecture = "" } = adapter?.info ?? {};
  const software = isFallbackAdapter === true || /swiftshader/i.test(architecture);
  return { adapter: adapter && { software }, wasm };
}

/** All backends, those first that are likely to be the fastest here, each with its reason. */
export function offerBackends({ adapter, wasm }: Abilities): readonly BackendOffer[] {
  const webgpu: BackendOffer = {
    name: "webgpu",
    label: adapter?.software ? "WebGPU (software: slow)" : "WebGPU",
    available: Boolean(adapter),
    reason: adapter
      ? adapter.software
        ? "this browser runs WebGPU in software, slower than WebAssembly"
        : "this device has a GPU that the browser lets pages use"
      : adapter === null
        ? "this browser has WebGPU, but no GPU that it would use"
        : "this browser has no WebGPU",
  };
  const assembly: BackendOffer = {
    name: "wasm",
    label: "WebAssembly",
    available: wasm,
    reason: wasm
      ? "it runs on every processor, and small students gain little from a GPU"
      : "this browser has no WebAssembly",
  };
  const cpu: BackendOffer = {
    name: "cpu",
    label: "Plain JavaScript (slow)",
    available: true,
    reason: "it runs everywhere, many times slower than WebAssembly",
  };
  return adapter && !adapter.software ? [webgpu, assembly, cpu] : [assembly, webgpu, cpu];
}

/** What `auto` tries in turn: plain JavaScript last, software WebGPU never. */
export const candidatesOf = (offers: readonly BackendOffer[]): BackendName[] =>
  offers.filter(({ available, label }) => available && !label.includes("software")).map(({ name }) => name);

/** In words, what a choice would lead to. */
export function explainBackend(choice: BackendChoice, offers: readonly BackendOffer[]): string {
  const taken = offers.find(({ name }) => name === (choice === "auto" ? candidatesOf(offers)[0] : choice))!;
  if (choice !== "auto") return sentence(`${taken.label}: ${taken.reason}`);
  const better = offers.filter(
    ({ name }) => name !== taken.name && name !== "cpu" && !candidatesOf(offers).includes(name),
  );
  const why = better.map(({ label, reason }) => ` ${label}: ${reason}.`).join("");
  return `${sentence(`Takes ${taken.label}: ${taken.reason}`)}${why}`;
}

const sentence = (words: string): string => `${words}.`;
