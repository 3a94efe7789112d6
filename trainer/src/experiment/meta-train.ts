import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { layout, type ExperimentGround } from "./ground.ts";
import { checkpointOf, openTrainThread } from "./train-run.ts";

/**
 * Does what is left of one meta-training, in a thread of its own, once slots are free.
 * @throws LecternError `aborted` if it was told to stop, or what `lectern train` says
 */
export async function metaTrain(ground: ExperimentGround, index: number): Promise<void> {
  const { plan, out, workers, dataDir, download = false, slots, tally, controls } = ground;
  const run = plan.runs[index]!;
  const folder = join(out, layout.runs, run.folder);
  const { steps, students } = run.config.meta;
  const there = await checkpointOf(folder);
  if (there?.metaStep === steps) return tally.runAt(index, steps);
  // Alone on the machine, a meta-training takes as many cores as it has students for.
  const threads = plan.runs.length >= workers ? 1 : Math.min(students, workers);
  const firstCell = plan.cells.findIndex(({ teachers }) =>
    teachers.some(({ from }) => typeof from !== "string" && from.includes(index)),
  );
  const release = await slots.acquire(firstCell, threads);
  try {
    tally.runAt(index, there?.metaStep ?? 0);
    const control = controls[index]!;
    const thread = await openTrainThread({ run, folder, workers: threads, dataDir, download, control });
    try {
      const [metaStep] = await thread.run([null]);
      if (metaStep !== steps)
        throw new LecternError("aborted", "A meta-training was stopped.", "The same command goes on.");
      tally.runAt(index, steps);
    } finally {
      await thread.close();
    }
  } finally {
    release();
  }
}
