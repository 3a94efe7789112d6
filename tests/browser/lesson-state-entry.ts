import { loadTeacher, type Teacher } from "@lectern/client";
import type { BackendName, BackendReason } from "@lectern/client/backends";
import { indexedDbStore, teachWithSaves } from "@lectern/client/resume";
import { teachInWorker, type WorkerTeachOptions } from "@lectern/client/worker";
import { serveLessons } from "@lectern/client/worker/serve";
import type { SignedManifest } from "@lectern/shared/schema";
import * as tf from "@tensorflow/tfjs-core";
import { openInBrowser } from "./lesson-state-backends.ts";
import { numbersOf, tinyData, tinyStudent } from "./lesson-state-student.ts";

export interface PortableTeacher {
  readonly signed: SignedManifest;
  readonly weights: readonly number[];
}

export interface TrialOptions {
  readonly teacher: PortableTeacher;
  readonly steps: number;
  /** What the worker opens, and what it goes on with if a device is lost. */
  readonly backends?: readonly BackendName[];
  /** Takes timers and animation frames away from page and worker, as a hidden page's browser nearly does. */
  readonly hidden?: boolean;
  readonly save?: { name: string; everySteps: number };
  /** What the page does once it hears of so many steps. */
  readonly at?: {
    readonly step: number;
    readonly do: "abort" | "terminate" | "lose-device" | "pause-and-resume";
  };
  readonly spoil?: "labels";
}

export interface TrialResult {
  readonly status?: string;
  readonly steps?: number;
  readonly resumedAt?: number;
  readonly backend?: string;
  readonly losses?: readonly string[];
  readonly error?: { name: string; code: unknown; message: string };
  readonly weights: readonly number[];
  readonly emissions: number;
  /** Steps that the page heard of while the lesson was held. */
  readonly stepsWhilePaused: number;
}

/** What the test calls in the page. */
export interface LessonStatePage {
  selectBackend(
    order?: BackendName[],
    allowSoftware?: boolean,
  ): Promise<{ backend: string; reasons: readonly BackendReason[] }>;
  teach(options: TrialOptions): Promise<TrialResult>;
  /** In the page itself, on the backend that is current. */
  teachPlainly(
    teacher: PortableTeacher,
    steps: number,
  ): Promise<{ status: string; weights: readonly number[] }>;
  /** In the page itself, saved in IndexedDB; aborted after so many steps. */
  teachHere(teacher: PortableTeacher, steps: number, name: string, abortAt: number): Promise<TrialResult>;
}

declare global {
  interface Window {
    lessonState: LessonStatePage;
  }
}

const scope = globalThis as unknown as Record<string, unknown>;
const takeTimersAway = () => {
  scope["setTimeout"] = scope["setInterval"] = scope["requestAnimationFrame"] = () => 0;
};

const sourceOf = ({ signed, weights }: PortableTeacher) => ({ signed, weights: Uint8Array.from(weights) });

if (typeof window === "undefined") {
  const settings = new URLSearchParams(String(scope["name"]));
  if (settings.has("hidden")) takeTimersAway();
  const backends = settings.get("backends")!.split(",") as BackendName[];
  addEventListener("message", ({ data }) => {
    if (data === "lose-device") (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
  });
  serveLessons({
    openBackend: () => openInBrowser([backends.length > 1 ? backends.shift()! : backends[0]!], true),
  });
} else
  window.lessonState = {
    async selectBackend(order, allowSoftware) {
      const { backend, reasons } = await openInBrowser(order, allowSoftware);
      return { backend, reasons };
    },
    teach: runTrial,
    async teachPlainly(teacher, steps) {
      const model = tinyStudent();
      const { status } = await (await open(teacher)).teach(model, { ...tinyData(), steps });
      return { status, weights: await numbersOf(model) };
    },
    async teachHere(teacher, steps, name, abortAt) {
      await openInBrowser(["wasm"]);
      const model = tinyStudent();
      const stop = new AbortController();
      const result = await teachWithSaves(await open(teacher), model, {
        ...tinyData(),
        steps,
        store: indexedDbStore(name),
        signal: stop.signal,
        onStep: ({ step }) => void (step + 1 === abortAt && stop.abort()),
      });
      return { ...summary(result), weights: await numbersOf(model), stepsWhilePaused: 0 };
    },
  };

const open = (teacher: PortableTeacher): Promise<Teacher> => loadTeacher(sourceOf(teacher));

const summary = ({
  status,
  steps,
  resumedAt,
  emissions,
}: {
  status: string;
  steps: number;
  resumedAt: number;
  emissions: readonly unknown[];
}) => ({ status, steps, resumedAt, emissions: emissions.length });

async function runTrial(trial: TrialOptions): Promise<TrialResult> {
  const { backends = ["wasm"], hidden = false } = trial;
  await openInBrowser(["wasm"]);
  const model = tinyStudent();
  const data = tinyData();
  if (trial.spoil) (data.train.y as number[])[7] = 99;
  const query = new URLSearchParams({ backends: backends.join(), ...(hidden && { hidden: "" }) });
  const worker = new Worker(new URL("entry.js", location.href), { type: "module", name: String(query) });
  if (hidden) takeTimersAway();
  const stop = new AbortController();
  const killed = Promise.withResolvers<never>();
  let held = false;
  let stepsWhilePaused = 0;
  let acted = false;
  const options: WorkerTeachOptions = {
    teacher: sourceOf(trial.teacher),
    ...data,
    steps: trial.steps,
    ...(trial.save && { save: trial.save }),
    // Each step is told of.
    lossEverySteps: 1,
    signal: stop.signal,
    onStep({ step }) {
      if (held) stepsWhilePaused++;
      if (acted || !trial.at || step < trial.at.step) return;
      acted = true;
      if (trial.at.do === "abort") stop.abort();
      if (trial.at.do === "terminate") {
        worker.terminate();
        killed.reject(new Error("the worker was ended"));
      }
      if (trial.at.do === "lose-device") worker.postMessage("lose-device");
      if (trial.at.do === "pause-and-resume") lesson.pause();
    },
    onPause() {
      held = true;
      // Long enough for steps to come through, if there were any; by messages, since timers may be gone.
      let turns = 2000;
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener("message", () => {
        if (turns-- > 0) return port2.postMessage(null);
        held = false;
        lesson.resume();
      });
      port1.start();
      port2.postMessage(null);
    },
  };
  const lesson = teachInWorker(worker, model, options);
  try {
    const result = await Promise.race([lesson.result, killed.promise]);
    const { backend, losses } = result;
    return {
      ...summary(result),
      backend,
      losses: losses.map((loss) => loss.backend),
      weights: await numbersOf(model),
      stepsWhilePaused,
    };
  } catch (error) {
    const { name, message, code } = error as Error & { code?: unknown };
    return {
      error: { name, message, code },
      weights: await numbersOf(model),
      emissions: 0,
      stepsWhilePaused,
    };
  } finally {
    worker.terminate();
  }
}
