import { createTeacher, type Teacher } from "@lectern/client";
import { connect } from "@lectern/client/connect";
import { registerFamilies, teacherFor } from "@lectern/client/families";
import { registerOptimizers } from "@lectern/client/optimizers";
import { codeOf, explain } from "../explain.ts";
import { openFirst } from "./backend.ts";
import { createGate } from "./breathe.ts";
import type { Choice } from "./choice.ts";
import { holdContest, type Side } from "./contest.ts";
import { openSource } from "./draw-pair.ts";
import type { News, Order } from "./messages.ts";
import { distinct } from "./own/fit-classes.ts";
import type { OwnData } from "./own/own-data.ts";
import { saveStudent, type StudentFacts } from "./save-student.ts";
import { pairOf } from "./verdict.ts";

/** Trains students away from the page, so that it stays smooth. One lesson at a time: the page ends the worker after it. */
const stop = new AbortController();
const gate = createGate(() => tell({ kind: "status", text: "Paused." }));
const tell = (news: News, transfer: Transferable[] = []) => postMessage(news, { transfer });

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  if (data.kind === "start") void run(data);
  else if (data.kind === "pause") gate.close();
  else gate.open();
  if (data.kind === "resume") tell({ kind: "status", text: "Training…" });
  if (data.kind === "stop") stop.abort();
});

async function run(order: Extract<Order, { kind: "start" }>): Promise<void> {
  try {
    await teachPairs(order);
  } catch (error) {
    tell(
      stop.signal.aborted
        ? { kind: "stopped" }
        : { kind: "failed", code: codeOf(error), message: explain(error) },
    );
  }
}

async function openTeacher(
  api: string,
  { teacher, task }: Choice,
  own: OwnData | undefined,
  signal: AbortSignal,
): Promise<Teacher> {
  registerOptimizers();
  registerFamilies();
  const pulled = await connect(api).teacher(teacher, { signal });
  return task.kind === "own" && task.match === "any"
    ? teacherFor(pulled, distinct(own!.labels))
    : createTeacher(pulled);
}

/** A lesson on a device that is gone would wait for ever. */
async function failWhenLost(lost: Promise<string>): Promise<void> {
  const why = await lost;
  const message = `The GPU went away: ${why}. Go on, or choose another backend.`;
  tell({ kind: "failed", code: "unsupported", message });
}

async function teachPairs({ api, choice, own, done }: Extract<Order, { kind: "start" }>): Promise<void> {
  const { signal } = stop;
  const { pairs, rival, student } = choice;
  tell({ kind: "status", text: "Loading the backend…" });
  const {
    name: backend,
    passedOver,
    lost,
  } = await openFirst(choice.backend === "auto" ? choice.candidates : [choice.backend]);
  void failWhenLost(lost);
  tell({ kind: "status", text: "Fetching and checking the teacher…" });
  const teacher = await openTeacher(api, choice, own, signal);
  const { manifest } = teacher;
  const source = openSource(manifest, choice, own);
  const steps = choice.steps ?? manifest.recipe.steps;
  tell({ kind: "begins", manifest, pairs, steps, backend, passedOver });
  for (let index = done; index < pairs; index++) {
    const seed = choice.seed + index;
    const of = pairs > 1 ? `pair ${index + 1} of ${pairs}` : "two students";
    tell({ kind: "pair", index });
    tell({ kind: "status", text: `Training ${of} on ${backend}, ${steps} steps each…` });
    const data = source.draw(seed);
    const taken: Record<Side, number> = { teacher: 0, fixed: 0 };
    const outcome = await holdContest({
      teacher,
      rival,
      data,
      student,
      seed,
      steps,
      signal,
      onValidation: (side, step, error) => tell({ kind: "validation", side, step, error }),
      onEmission: ({ step, phi }) => tell({ kind: "emission", step, phi }),
      async onStep(side, step) {
        taken[side] = step;
        tell({ kind: "progress", steps: 2 * steps * index + taken.teacher + taken.fixed });
        await gate.pass(Object.values(taken).filter((so) => so < steps).length);
      },
    });
    const { students, lessons } = outcome;
    try {
      if (lessons.teacher.status === "aborted" || lessons.fixed.status === "aborted")
        return tell({ kind: "stopped" });
      const { classNames } = data.test;
      tell({ kind: "pair-done", pair: pairOf(outcome, { seed, classNames, what: source.what }) });
      if (index < pairs - 1) continue;
      const facts: StudentFacts = {
        classNames,
        inputShape: data.test.shape,
        ...(source.columns && { columns: source.columns }),
        ...(data.scaling && { scaling: data.scaling }),
      };
      const saved = {
        teacher: await saveStudent(students.teacher, "teacher", facts),
        fixed: await saveStudent(students.fixed, "fixed", facts),
      };
      tell({ kind: "done", students: saved }, [saved.teacher.weights, saved.fixed.weights]);
    } finally {
      students.teacher.dispose();
      students.fixed.dispose();
    }
  }
}
