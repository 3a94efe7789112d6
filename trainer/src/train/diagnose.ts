import * as tf from "@tensorflow/tfjs-core";
import { runTrainJob, type JobContext, type LessonJob } from "./job.ts";
import { watchKernels, type NonFinite } from "./non-finite-kernel.ts";

/**
 * Teaches a lost student once more with every operation watched, and says which was the first to give NaN or infinity,
 * and at which step: a sentence for people.
 */
export async function diagnose(
  context: JobContext,
  job: Extract<LessonJob, { kind: "hypergradient" }>,
): Promise<string> {
  const backend = tf.getBackend();
  if (backend !== "wasm" && backend !== "cpu")
    return `Operations can be watched on wasm and cpu only, and this is ${backend}: run again with --backend wasm.`;
  const { steps } = context.config.recipe;
  let taken = 0;
  const found = await watchKernels(() =>
    runTrainJob({ ...context, onStep: ({ step }) => void (taken = step + 1) }, job),
  );
  if (!found)
    return "No operation gave NaN or infinity: the student's loss, or its hypergradient, grew too large to use while its numbers were finite.";
  const when =
    taken < steps
      ? `at step t = ${taken} of T = ${steps}`
      : `after the last of T = ${steps} steps, on the way back`;
  return `${describe(found)} ${when}.`;
}

/** `The operation Exp gave Infinity at [3, 7] of its result [16, 10] (2 such numbers; from [16, 10])` */
function describe({ kernel, what, shape, position, value, count, inputShapes }: NonFinite): string {
  const list = (numbers: readonly number[]) => `[${numbers.join(", ")}]`;
  const from = inputShapes.map(list).join(" and ");
  return what === "result"
    ? `The operation ${kernel} gave ${value} at ${list(position)} of its result ${list(shape)} (${count} such numbers; from ${from})`
    : `The operation ${kernel} was given ${value} at ${list(position)} of an input ${list(shape)} (${count} such numbers) that no operation made`;
}
