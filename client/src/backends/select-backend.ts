import { demand } from "@lectern/shared/errors";
import { tf } from "@lectern/shared/tensorflow";
import { inNode, packages, registeredName, usualOrder, type BackendName } from "./names.ts";
import { firstLine, openNative } from "./open-native.ts";
import { openCpu, openWasm, openWebgl } from "./open-plain.ts";
import { openWebgpu } from "./open-webgpu.ts";
import { answers } from "./probe.ts";
import { unless, type OpenedBackend, type OpenOptions } from "./opened.ts";

export interface SelectBackendOptions {
  /**
   * Which to try, in this order. By default webgpu, webgl, wasm, cpu in browsers, and node-gpu, node, webgpu, wasm, cpu
   * in Node.
   */
  readonly order?: readonly BackendName[] | undefined;
  /** Take a GPU that is emulated on the processor: right, but slower than wasm. Default false. */
  readonly allowSoftware?: boolean | undefined;
  /**
   * How to load the packages of backends, when they are tried: `wasm: () => import("@tensorflow/tfjs-backend-wasm")`.
   * What isn't named is taken if it has been imported already; Node loads what is installed by itself.
   */
  readonly load?: Readonly<Partial<Record<BackendName, () => Promise<unknown>>>> | undefined;
}

/** Why a backend was taken, or passed over. */
export interface BackendReason {
  readonly backend: BackendName;
  readonly chosen: boolean;
  /** One sentence. */
  readonly reason: string;
}

export interface SelectedBackend extends OpenedBackend {
  readonly backend: BackendName;
  /** One for each that was tried, in order; the last is the backend's own. */
  readonly reasons: readonly BackendReason[];
}

const openers: Readonly<Record<BackendName, (options: OpenOptions) => Promise<OpenedBackend>>> = {
  "node-gpu": (options) => openNative("node-gpu", options),
  node: (options) => openNative("node", options),
  webgpu: openWebgpu,
  webgl: openWebgl,
  wasm: openWasm,
  cpu: openCpu,
};

/**
 * Makes the first backend that works here the current one of TensorFlow.js, with our kernels where they help, and says
 * why it is that one. Each is tried with a small sum before it is taken. Call `close` of the result at the end of a Node
 * process, which WebGPU would keep alive.
 *
 * @throws LecternError `invalid-argument` for an unknown name; `unsupported` if none works, with the reason of each
 * @example
 * ```ts
 * const { backend, reasons } = await selectBackend({
 *   load: {
 *     webgpu: () => import("@tensorflow/tfjs-backend-webgpu"),
 *     wasm: () => import("@tensorflow/tfjs-backend-wasm"),
 *   },
 * });
 * for (const { backend, reason } of reasons) console.log(`${backend}: ${reason}`);
 * ```
 */
export async function selectBackend({
  order = usualOrder(),
  allowSoftware = false,
  load = {},
}: SelectBackendOptions = {}): Promise<SelectedBackend> {
  const known = Object.keys(openers);
  for (const name of order)
    demand(
      known.includes(name),
      "invalid-argument",
      `There is no backend ${JSON.stringify(name)}`,
      `Choose among ${known.join(", ")}.`,
    );
  const reasons: BackendReason[] = [];
  for (const name of order) {
    const opened = await attempt(name, { load: load[name] ?? loaderInNode(name), allowSoftware }, reasons);
    if (opened) return { backend: name, ...opened, reasons };
  }
  demand(
    false,
    "unsupported",
    `No backend works here: ${reasons.map(({ backend, reason }) => `${backend}: ${reason.replace(/\.$/, "")}`).join("; ")}`,
    "Load the package of one that this device can run, such as @tensorflow/tfjs-backend-wasm.",
  );
}

/** The backend, current and tried; else `undefined`, with one more reason. */
async function attempt(
  name: BackendName,
  options: OpenOptions,
  reasons: BackendReason[],
): Promise<OpenedBackend | undefined> {
  let opened: OpenedBackend | undefined;
  // TensorFlow.js would complain on the console about each that can't start.
  const prod: unknown = tf.env().get("PROD");
  tf.env().set("PROD", true);
  try {
    opened = await openers[name](options);
    unless(await tf.setBackend(registeredName(name)), "TensorFlow.js can't start it");
    unless(tf.getBackend() === registeredName(name), `TensorFlow.js started ${tf.getBackend()} instead`);
    unless(await answers(), "it starts, and computes nothing");
    const { device, software } = opened;
    const kind = software ? "works, emulated on the processor" : "works";
    reasons.push({ backend: name, chosen: true, reason: `${kind}${device && ` (${device})`}.` });
    return opened;
  } catch (error) {
    opened?.close();
    reasons.push({ backend: name, chosen: false, reason: `${firstLine(error)}.` });
    return undefined;
  } finally {
    tf.env().set("PROD", prod as boolean);
  }
}

/** In Node, what isn't installed can be found out; a bundler wants to resolve every import that it sees. */
function loaderInNode(name: BackendName): (() => Promise<unknown>) | undefined {
  if (!inNode() || name === "webgl") return undefined;
  const specifier = packages[name];
  return () => import(/* webpackIgnore: true */ /* @vite-ignore */ specifier);
}
