import { conform } from "@lectern/shared/artifact";
import { demand, LecternError } from "@lectern/shared/errors";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Data } from "../student/examples.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { iterationsOf, optimizerTensors, restoreOptimizer } from "./optimizer-state.ts";
import { readTensors } from "./place.ts";
import type { LessonStore } from "./store.ts";
import { watchDevice, type DeviceWatch, type LosableBackend } from "./watch-device.ts";
import { teachWithSaves, type SavedTeachOptions, type SavedTeachResult } from "./teach-with-saves.ts";

export interface LossyTeachOptions extends Omit<SavedTeachOptions, "train" | "dev"> {
  /** Arrays, not tensors, which would be lost with the device; or what makes tensors of it, see `makeData`. */
  readonly train?: Data | undefined;
  readonly dev?: Data | undefined;
  /** In place of `train` and `dev`: makes them anew for each device. Their tensors are disposed of here. */
  makeData?(): { readonly train: Data; readonly dev?: Data | undefined };
  /** The backend in use, from `selectBackend`. */
  readonly on: LosableBackend;
  /**
   * Makes a backend current to go on with: the same on a new device, or another. Without it, a loss ends the lesson.
   * @param reason what happened to the device
   * @param losses how many there have been, this one included
   */
  reopen?(reason: string, losses: number): Promise<LosableBackend>;
  /** After so many losses the lesson ends. Default 3. */
  readonly maxLosses?: number | undefined;
}

export interface DeviceLoss {
  readonly backend: string;
  readonly reason: string;
}

export interface LossyTeachResult extends SavedTeachResult {
  /** The backend on which the lesson ended. */
  readonly backend: string;
  readonly losses: readonly DeviceLoss[];
}

/**
 * `teachWithSaves` on a device that may be lost: then the lesson goes on from its last save, on the backend that
 * `reopen` makes current. What was computed after the loss isn't believed, and never saved.
 *
 * @throws LecternError `device-lost` where there is no `reopen`, or after `maxLosses`: the store holds the last save;
 *   `invalid-argument` for data in tensors, which would be lost with the device; else as `teachWithSaves`
 * @example
 * ```ts
 * const options = { load: { webgpu: () => import("@tensorflow/tfjs-backend-webgpu"), wasm: () => import("@tensorflow/tfjs-backend-wasm") } };
 * const result = await teachThroughLosses(teacher, model, {
 *   train: { x, y }, // arrays
 *   store: memoryStore(),
 *   on: await selectBackend(options),
 *   reopen: () => selectBackend(options),
 * });
 * ```
 */
export async function teachThroughLosses(
  teacher: Teacher,
  model: LayersModel,
  { on, reopen, maxLosses = 3, train, dev, makeData, ...options }: LossyTeachOptions,
): Promise<LossyTeachResult> {
  conform(maxLosses, 0, "maxLosses", "invalid-argument");
  expectArrays(train, "train");
  expectArrays(dev, "dev");
  const losses: DeviceLoss[] = [];
  const { store } = options;
  // What the model is at first would go with the device.
  const putInitial = await readInitial(model, options.optimizer);
  for (let current = on; ;) {
    const watch = watchDevice(current);
    const stop = new AbortController();
    const abort = () => stop.abort();
    options.signal?.addEventListener("abort", abort);
    if (options.signal?.aborted) abort();
    void watch.gone.then(abort);
    const made = makeData?.();
    const data = made ?? { train: train!, dev };
    try {
      const result = await watch.whileAlive(() =>
        teachWithSaves(teacher, model, {
          ...options,
          ...data,
          store: guarded(store, watch),
          signal: stop.signal,
        }),
      );
      return { ...result, backend: current.backend, losses };
    } catch (error) {
      const reason = watch.reason();
      if (reason === undefined) throw error;
      losses.push({ backend: current.backend, reason });
      if (!reopen || losses.length > maxLosses || options.signal?.aborted)
        throw new LecternError(
          "device-lost",
          `The backend ${current.backend} lost its device: ${reason.replace(/\.$/, "")}.`,
          "Reload, or choose another backend, and go on from the last save: teachWithSaves with the same store.",
          { cause: error },
        );
      current = await reopen(reason, losses.length);
      // What model and optimizer hold lies on a device that is gone; a save then takes its place.
      putInitial();
    } finally {
      options.signal?.removeEventListener("abort", abort);
      tf.dispose(made as tf.TensorContainer);
    }
  }
}

/** Reads model and optimizer back as they are; gives what puts them back on the backend that is current then. */
async function readInitial(
  model: LayersModel,
  optimizer: LossyTeachOptions["optimizer"],
): Promise<() => void> {
  const own = optimizer && "applyGradients" in optimizer ? optimizer : undefined;
  const weights = Object.values(await readTensors(model.getWeights()));
  const remembered = own && (await readTensors(optimizerTensors(own)));
  const iterations = own ? iterationsOf(own) : 0;
  return () => {
    tf.tidy(() => model.setWeights(weights.map(({ shape, data }) => tf.tensor(data, shape))));
    if (own) restoreOptimizer(own, iterations, remembered!, []);
  };
}

/** Takes no save that was read from a device that is gone. */
const guarded = (store: LessonStore, watch: DeviceWatch): LessonStore => ({
  read: () => store.read(),
  remove: () => store.remove(),
  write: async (save) => store.write(await watch.whileAlive(async () => save)),
});

function expectArrays(data: Data | undefined, what: string): void {
  const inTensors = data && [data.x, data.y, data.weights].some((values) => values instanceof tf.Tensor);
  demand(
    !inTensors,
    "invalid-argument",
    `${what} is given in tensors, which would be lost with the device`,
    "Pass arrays.",
  );
}
