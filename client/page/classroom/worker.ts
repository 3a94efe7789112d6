import { connect } from "@lectern/client";
import { registerOptimizers } from "@lectern/client/optimizers";
import { explain } from "../explain.ts";
import { openBackend } from "./backend.ts";
import { createGate } from "./breathe.ts";
import type { Choice } from "./choice.ts";
import { holdContest, type Side } from "./contest.ts";
import { drawLessonData, glyphClasses, sizes } from "./data.ts";
import type { News, Order } from "./messages.ts";
import { saveStudent } from "./save-student.ts";
import { pairOf } from "./verdict.ts";

/** Trains students away from the page, so that it stays smooth. One lesson at a time: the page ends the worker after it. */
const stop = new AbortController();
const gate = createGate(() => tell({ kind: "status", text: "Paused." }));
const tell = (news: News, transfer: Transferable[] = []) => postMessage(news, { transfer });

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  if (data.kind === "start") void run(data.api, data.choice);
  else if (data.kind === "pause") gate.close();
  else gate.open();
  if (data.kind === "resume") tell({ kind: "status", text: "Training…" });
  if (data.kind === "stop") stop.abort();
});

async function run(api: string, choice: Choice): Promise<void> {
  try {
    await teachPairs(api, choice);
  } catch (error) {
    tell(stop.signal.aborted ? { kind: "stopped" } : { kind: "failed", message: explain(error) });
  }
}

async function teachPairs(api: string, choice: Choice): Promise<void> {
  const { signal } = stop;
  tell({ kind: "status", text: "Loading the backend…" });
  await openBackend(choice.backend);
  tell({ kind: "status", text: "Fetching and checking the teacher…" });
  registerOptimizers();
  const teacher = await connect(api).teacher(choice.teacher, { signal });
  const { manifest } = teacher;
  const classes = glyphClasses(manifest);
  const { subset } = manifest.provenance.dataset;
  const steps = choice.steps ?? manifest.recipe.steps;
  tell({ kind: "begins", manifest, pairs: choice.pairs, steps });
  let before = 0;
  for (let index = 0; index < choice.pairs; index++) {
    const seed = choice.seed + index;
    const of = choice.pairs > 1 ? `pair ${index + 1} of ${choice.pairs}` : "two students";
    tell({ kind: "pair", index });
    tell({ kind: "status", text: `Training ${of} on ${choice.backend}, ${steps} steps each…` });
    const data = drawLessonData({
      seed,
      labelNoise: choice.labelNoise,
      classes,
      subset: typeof subset === "number" && subset >= 1 && subset <= 20_000 ? subset : sizes.train,
    });
    const done: Record<Side, number> = { teacher: 0, fixed: 0 };
    const outcome = await holdContest({
      teacher,
      rival: choice.rival,
      data,
      seed,
      steps,
      signal,
      onValidation: (side, step, error) => tell({ kind: "validation", side, step, error }),
      onEmission: ({ step, phi }) => tell({ kind: "emission", step, phi }),
      async onStep(side, step) {
        done[side] = step;
        tell({ kind: "progress", steps: before + done.teacher + done.fixed });
        await gate.pass(Object.values(done).filter((so) => so < steps).length);
      },
    });
    const { students, lessons } = outcome;
    try {
      if (lessons.teacher.status === "aborted" || lessons.fixed.status === "aborted")
        return tell({ kind: "stopped" });
      tell({ kind: "pair-done", pair: pairOf(outcome, seed, data.test.classNames) });
      if (index === choice.pairs - 1) {
        const saved = {
          teacher: await saveStudent(students.teacher),
          fixed: await saveStudent(students.fixed),
        };
        tell({ kind: "done", students: saved }, [saved.teacher.weights, saved.fixed.weights]);
      }
    } finally {
      students.teacher.dispose();
      students.fixed.dispose();
    }
    before += 2 * steps;
  }
}
