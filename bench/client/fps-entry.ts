import { loadTeacher } from "@lectern/client";
import { teachInWorker } from "@lectern/client/worker";
import { serveLessons } from "@lectern/client/worker/serve";
import * as tf from "@tensorflow/tfjs-core";
import { openInBrowser } from "../../tests/browser/lesson-state-backends.ts";
import type { PortableTeacher } from "../../tests/browser/lesson-state-entry.ts";
import { drawImages, lenetStudent } from "../../tests/browser/lesson-state-student.ts";

export interface Frames {
  /** Milliseconds between one animation frame and the next. */
  readonly intervals: readonly number[];
  /** Steps that were taken meanwhile. */
  readonly steps: number;
}

declare global {
  interface Window {
    measureFrames(
      where: "nothing" | "worker" | "page",
      teacher: PortableTeacher,
      seconds: number,
    ): Promise<Frames>;
  }
}

const steps = 100_000;

if (typeof window === "undefined") serveLessons({ openBackend: () => openInBrowser(["wasm"]) });
else
  window.measureFrames = async (where, teacher, seconds) => {
    await openInBrowser(["wasm"]);
    const source = { signed: teacher.signed, weights: Uint8Array.from(teacher.weights) };
    const model = lenetStudent();
    const [train, dev] = [drawImages(1024, 1), drawImages(200, 2)];
    const stop = new AbortController();
    const options = { train, dev, steps, signal: stop.signal };
    let taken = 0;
    let ended: Promise<unknown> = Promise.resolve();
    if (where === "worker") {
      const worker = new Worker(new URL("entry.js", location.href), { type: "module" });
      // Only once it teaches is the page watched: what loads before is another matter.
      await new Promise<void>((begun) => {
        const lesson = teachInWorker(worker, model, {
          ...options,
          teacher: source,
          onStep({ step }) {
            taken = step;
            if (step >= 10) begun();
          },
        });
        ended = lesson.result.finally(() => worker.terminate());
      });
    } else if (where === "page")
      ended = (await loadTeacher(source)).teach(model, {
        ...options,
        async onStep({ step }) {
          taken = step + 1;
          // As a page must, if it is to draw at all.
          await tf.nextFrame();
        },
      });
    const from = taken;
    const intervals = await watchFrames(seconds);
    const result = { intervals, steps: taken - from };
    stop.abort();
    await ended;
    tf.dispose([train, dev]);
    return result;
  };

function watchFrames(seconds: number): Promise<number[]> {
  const intervals: number[] = [];
  return new Promise((resolve) => {
    const since = performance.now();
    let last = since;
    requestAnimationFrame(function frame(now) {
      if (last !== since) intervals.push(now - last);
      last = now;
      if (now - since < 1000 * seconds) requestAnimationFrame(frame);
      else resolve(intervals);
    });
  });
}
