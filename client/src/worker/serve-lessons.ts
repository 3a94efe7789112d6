import { isLecternError } from "@lectern/shared/errors";
import type { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BackendReason } from "../backends/index.ts";
import { registerOptimizers } from "../optimizer/index.ts";
import { indexedDbStore, memoryStore, teachThroughLosses, type LosableBackend } from "../resume/index.ts";
import { connect, loadTeacher, type Teacher } from "../teacher/index.ts";
import { createGate } from "./gate.ts";
import type { News, Order, PackedTensor, Start, TeacherSource } from "./messages.ts";
import { packTensor, unpackData, unpackModel } from "./pack.ts";

export interface ServeLessonsOptions {
  /** Makes a backend current; called before a lesson, and again if its device is lost. `selectBackend`, say. */
  openBackend(): Promise<LosableBackend & { readonly reasons?: readonly BackendReason[] }>;
}

/** At most so often is the page told of a step, in milliseconds: it can't show more. */
const newsInterval = 30;

/**
 * Makes a module worker teach what `teachInWorker` sends it, one lesson after the other. Call it in the worker's script,
 * which brings the backends:
 *
 * @example
 * ```ts
 * // lesson-worker.ts
 * import { selectBackend } from "@lectern/client/backends";
 * import { serveLessons } from "@lectern/client/worker/serve";
 *
 * serveLessons({
 *   openBackend: () => selectBackend({ load: { wasm: () => import("@tensorflow/tfjs-backend-wasm") } }),
 * });
 * ```
 */
export function serveLessons({ openBackend }: ServeLessonsOptions): void {
  registerOptimizers();
  const gate = createGate();
  let stop = new AbortController();
  const tell = (news: News, transfer: Transferable[] = []) => postMessage(news, { transfer });

  addEventListener("message", ({ data }: MessageEvent<Order>) => {
    if (data.kind === "pause") gate.close();
    if (data.kind === "resume" || data.kind === "stop" || data.kind === "start") gate.open();
    if (data.kind === "stop") stop.abort();
    if (data.kind !== "start") return;
    stop = new AbortController();
    void teach(data, stop.signal).catch((error: unknown) => tell(describe(error)));
  });

  const open = async () => {
    const { backend, lost, reasons = [] } = await openBackend();
    tell({ kind: "backend", backend, reasons });
    return { backend, lost };
  };

  async function teach(order: Start, signal: AbortSignal): Promise<void> {
    const on = await open();
    const teacher = await openTeacher(order.teacher, signal);
    const model = await unpackModel(order.model);
    try {
      const store = order.save ? indexedDbStore(order.save.name) : memoryStore();
      const result = await teachThroughLosses(teacher, model, {
        ...order.options,
        makeData: () => ({ train: unpackData(order.train), dev: order.dev && unpackData(order.dev) }),
        store,
        ...(order.save?.everySteps !== undefined && { saveEverySteps: order.save.everySteps }),
        signal,
        on,
        reopen: open,
        onStep: createStepNews(order.lossEverySteps),
        onEmission: (emission) => tell({ kind: "emission", emission }),
        onWarning: (warning) => tell({ kind: "warning", warning }),
        onSave: ({ step }) => tell({ kind: "saved", step }),
      });
      const weights = await readWeights(model);
      tell(
        { kind: "ended", result, weights },
        weights.map(({ data }) => data.buffer as ArrayBuffer),
      );
    } finally {
      model.dispose();
    }
  }

  function createStepNews(lossEverySteps: number) {
    let told = -Infinity;
    return async (info: { step: number; steps: number; readLoss(): Promise<number> }): Promise<void> => {
      const done = info.step + 1;
      const due = lossEverySteps > 0 && done % lossEverySteps === 0;
      const loss = due ? { loss: await info.readLoss() } : {};
      const now = performance.now();
      if (due || done === info.steps || now - told >= newsInterval) {
        tell({ kind: "step", step: done, steps: info.steps, ...loss });
        told = now;
      }
      await gate.pass(() => tell({ kind: "paused", step: done }));
    };
  }
}

const readWeights = (model: LayersModel): Promise<PackedTensor[]> =>
  Promise.all(model.getWeights().map((weight) => packTensor(weight as tf.Tensor)));

function openTeacher(source: TeacherSource, signal: AbortSignal): Promise<Teacher> {
  const trust = source.trustedKeys && { trustedKeys: source.trustedKeys };
  return "url" in source
    ? connect(source.url, { ...trust }).teacher(source.spec, { signal })
    : loadTeacher(source, { ...trust });
}

/** An error as it passes from thread to thread; the stack stays here. */
function describe(error: unknown): News {
  if (!isLecternError(error)) {
    const problem = error instanceof Error ? error.message : String(error);
    return { kind: "failed", code: undefined, problem, remedy: "" };
  }
  const { code, remedy, message } = error;
  return { kind: "failed", code, problem: message.slice(0, -remedy.length).trimEnd(), remedy };
}
