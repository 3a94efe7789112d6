import { connect } from "@lectern/client";
import { byId } from "../dom.ts";
import { openBackend } from "./backend.ts";
import { openBoard } from "./board.ts";
import type { Choice } from "./choice.ts";
import { holdContest, type Outcome } from "./contest.ts";
import { drawLessonData, glyphClasses, sizes } from "./data.ts";
import { rivalName } from "./form.ts";
import { judge } from "./verdict.ts";

/**
 * Runs what the form asks for and shows it. This module brings TensorFlow.js with it: import it on demand.
 *
 * @returns the outcome, or undefined where the user stopped it
 */
export async function runClassroom(
  api: string,
  choice: Choice,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const [status, result, progress] = [byId("status"), byId("result"), byId<HTMLProgressElement>("progress")];
  result.textContent = "";
  status.textContent = "Loading the backend…";
  await openBackend(choice.backend);
  status.textContent = "Fetching and checking the teacher…";
  const teacher = await connect(api).teacher(choice.teacher, { signal });
  const { manifest } = teacher;
  const classes = glyphClasses(manifest);
  status.textContent = "Drawing images…";
  const { subset } = manifest.provenance.dataset;
  const data = drawLessonData({
    seed: choice.seed,
    labelNoise: choice.labelNoise,
    classes,
    subset: typeof subset === "number" && subset >= 1 && subset <= 20_000 ? subset : sizes.train,
  });
  const steps = choice.steps ?? manifest.recipe.steps;
  const board = openBoard(manifest, choice.rival, steps);
  [progress.max, progress.value] = [2 * steps, 0];
  const done = { teacher: 0, fixed: 0 };
  status.textContent = `Training two students on ${choice.backend}, ${steps} steps each…`;
  const outcome = await holdContest({
    teacher,
    rival: choice.rival,
    data,
    seed: choice.seed,
    steps,
    signal,
    onValidation: board.addValidation,
    onEmission: board.addEmission,
    onStep(side, step) {
      done[side] = step;
      progress.value = done.teacher + done.fixed;
    },
  });
  board.tabulate();
  const { lessons } = outcome;
  if (lessons.teacher.status === "aborted" || lessons.fixed.status === "aborted") {
    status.textContent = "Stopped.";
    return undefined;
  }
  const warnings = lessons.teacher.warnings.map(({ message }) => ` Note: ${message}`).join("");
  result.textContent = judge(outcome, rivalName(choice.rival)).text + warnings;
  status.textContent = `Done: two students trained on ${choice.backend}.`;
  return outcome;
}
