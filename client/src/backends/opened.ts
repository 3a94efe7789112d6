/** A backend that is registered with TensorFlow.js and can be made the current one. */
export interface OpenedBackend {
  /** What it runs on, such as `SwiftShader Device (Subzero)`; empty where the name says all. */
  readonly device: string;
  /** A GPU that is emulated on the processor: right, but slower than wasm. */
  readonly software: boolean;
  /** What happened, once the device is gone; pending for as long as it isn't, and on backends that can't lose one. */
  readonly lost: Promise<string>;
  /** Lets go of what would keep a Node process alive. The backend's tensors are gone after it. */
  close(): void;
}

export interface OpenOptions {
  /** The backend's package, if it is to be loaded here. */
  readonly load: (() => Promise<unknown>) | undefined;
  readonly allowSoftware: boolean;
}

/** Why a candidate can't be had: a sentence that reads on after its name. */
export class PassedOver extends Error {
  override readonly name = "PassedOver";
}

/** @param problem a sentence without its full stop */
export function unless(holds: unknown, problem: string, cause?: unknown): asserts holds {
  if (!holds) throw new PassedOver(`${problem}.`, { cause });
}

export const never: Promise<string> = new Promise(() => undefined);

/** Emulators: Chromium's and Debian's, Mesa's (lavapipe, llvmpipe), Windows' WARP. */
export const isEmulator = (description: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(description);
