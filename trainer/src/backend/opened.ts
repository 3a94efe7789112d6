import type { BackendName } from "./names.ts";

/** A backend that is registered with TensorFlow.js and current in this thread. */
export interface OpenedBackend {
  readonly name: BackendName;
  /** What it runs on, such as `software adapter: SwiftShader driver 5.0.0`; empty where the name says all. */
  readonly device: string;
  /** True for an adapter that is emulated on the processor: right, but slow. */
  readonly software: boolean;
  /** Resolves with what happened once the device is gone; never for backends that can't be lost. */
  readonly lost: Promise<string>;
  /** Lets go of what would keep the process alive. */
  close(): void;
}

export const neverLost: Promise<string> = new Promise(() => undefined);
