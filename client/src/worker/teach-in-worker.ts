import { demand, LecternError } from "@lectern/shared/errors";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BackendReason } from "../backends/index.ts";
import type { Emission } from "../lesson/observer.ts";
import type { LossyTeachResult } from "../resume/index.ts";
import type { Warning } from "../teacher/warnings.ts";
import type { News, Order, PackedData, PackedTensor, PortableOptions, TeacherSource } from "./messages.ts";
import { packData, packModel } from "./pack.ts";

export interface WorkerTeachOptions extends PortableOptions {
  readonly teacher: TeacherSource;
  readonly train: PackedData;
  readonly dev?: PackedData | undefined;
  /** Ends the lesson after the step that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Saves the lesson in IndexedDB under this name, and goes on from there if it was begun before. */
  readonly save?: { readonly name: string; readonly everySteps?: number | undefined } | undefined;
  /** Gives onStep the loss every so many steps; 0, the default, for never, since it costs a readback. */
  readonly lossEverySteps?: number | undefined;
  /** Told of steps some thirty times a second at most, and of those with a loss. `step`: taken so far. */
  onStep?(info: { step: number; steps: number; loss?: number }): void;
  onEmission?(emission: Emission): void;
  onWarning?(warning: Warning): void;
  onSave?(info: { step: number }): void;
  /** The lesson holds after so many steps. */
  onPause?(info: { step: number }): void;
  /** Once before the lesson, and again if a device is lost. */
  onBackend?(info: { backend: string; reasons: readonly BackendReason[] }): void;
}

export type WorkerTeachResult = LossyTeachResult;

/** A lesson that runs in a worker. */
export interface WorkerLesson {
  /** How it ended; the page's model has its weights by then. Rejects with what `teacher.teach` throws. */
  readonly result: Promise<WorkerTeachResult>;
  /** Holds the lesson after the step that is under way. */
  pause(): void;
  resume(): void;
}

/**
 * Teaches in a module worker that called `serveLessons`, so that the page stays smooth. The model is copied to the worker,
 * and gets the student's weights when the lesson ends; packed tensors are handed over, and are empty here from then on.
 * Neither timers nor animation frames are relied on: it goes on
 * while the page is hidden. The worker serves one lesson at a time; end it with `worker.terminate()` when it is of no
 * further use.
 *
 * @throws LecternError through `result`: as `teacher.teach`; `unsupported` if the worker's script can't run
 * @example
 * ```ts
 * const worker = new Worker(new URL("./lesson-worker.ts", import.meta.url), { type: "module" });
 * const lesson = teachInWorker(worker, model, {
 *   teacher: { url: "https://teachers.example", spec: "glyphs@^1.0" },
 *   train: { x: { data: pixels, shape: [count, 28, 28, 1] }, y: labels },
 *   onStep: ({ step, steps }) => (progress.value = step / steps),
 * });
 * pauseButton.onclick = () => lesson.pause();
 * const { status } = await lesson.result;
 * ```
 */
export function teachInWorker(worker: Worker, model: LayersModel, options: WorkerTeachOptions): WorkerLesson {
  const order = (message: Order, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const stop = () => order({ kind: "stop" });
  const listening = new AbortController();
  let paused = false;

  const ended = new Promise<{ result: WorkerTeachResult; weights: readonly PackedTensor[] }>(
    (resolve, reject) => {
      const hear = ({ data }: MessageEvent<News>) => {
        if (data.kind === "ended") resolve(data);
        else if (data.kind === "failed") reject(errorOf(data));
        else pass(data, options);
      };
      const fail = (event: Event) =>
        reject(
          new LecternError(
            "unsupported",
            `The lesson's worker ended: ${(event as ErrorEvent).message || "its script can't be run, or a message can't be read"}.`,
            "Make it a module worker whose script calls serveLessons.",
          ),
        );
      const { signal } = listening;
      worker.addEventListener("message", hear, { signal });
      worker.addEventListener("error", fail, { signal });
      worker.addEventListener("messageerror", fail, { signal });
      begin().catch(reject);
    },
  );

  async function begin(): Promise<void> {
    const { teacher, save, lossEverySteps = 0 } = options;
    const { steps, batchSize, optimizer, schedule, seed, shuffle, outputs } = options;
    demand(
      !("applyGradients" in Object(optimizer)),
      "invalid-argument",
      "optimizer is a tf.Optimizer, which can't be handed to a worker",
      'Pass its numbers: { kind: "adam", learningRate: 0.01 }.',
    );
    const [packed, train, dev] = await Promise.all([
      packModel(model),
      packData(options.train),
      options.dev && packData(options.dev),
    ]);
    order(
      {
        kind: "start",
        teacher,
        model: packed,
        train: train.data,
        dev: dev?.data,
        options: { steps, batchSize, optimizer, schedule, seed, shuffle, outputs },
        save,
        lossEverySteps,
      },
      [...new Set([packed.weightData, ...train.transfer, ...(dev?.transfer ?? [])])],
    );
    if (paused) order({ kind: "pause" });
    options.signal?.addEventListener("abort", stop, { signal: listening.signal });
    if (options.signal?.aborted) stop();
  }

  async function finish(): Promise<WorkerTeachResult> {
    try {
      const { result, weights } = await ended;
      tf.tidy(() => model.setWeights(weights.map(({ shape, data }) => tf.tensor(data, [...shape]))));
      return result;
    } finally {
      listening.abort();
    }
  }

  return {
    result: finish(),
    pause() {
      paused = true;
      order({ kind: "pause" });
    },
    resume() {
      paused = false;
      order({ kind: "resume" });
    },
  };
}

function pass(news: Exclude<News, { kind: "ended" | "failed" }>, options: WorkerTeachOptions): void {
  if (news.kind === "backend") options.onBackend?.(news);
  else if (news.kind === "step") options.onStep?.(news);
  else if (news.kind === "emission") options.onEmission?.(news.emission);
  else if (news.kind === "warning") options.onWarning?.(news.warning);
  else if (news.kind === "saved") options.onSave?.(news);
  else options.onPause?.(news);
}

function errorOf({ code, problem, remedy }: Extract<News, { kind: "failed" }>): Error {
  return code ? new LecternError(code, problem, remedy) : new Error(problem);
}
