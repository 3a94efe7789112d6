import { appendFileSync, closeSync, openSync, readFileSync, truncateSync } from "node:fs";
import { LecternError } from "@lectern/shared/errors";
import { z } from "zod";
import type { EvaluationJob, EvaluationJobResult } from "./job.ts";

/**
 * Finished jobs on disk, a line each, so that a killed evaluation goes on where it was. Keys hash everything that
 * determines a training: what was run under other settings, or for another teacher, is never taken for this one.
 */
export interface Journal {
  readonly done: ReadonlyMap<string, EvaluationJobResult>;
  /** Written when this returns. */
  add(key: string, job: EvaluationJob, result: EvaluationJobResult): void;
  close(): void;
}

const line = z.object({
  key: z.string(),
  result: z.custom<EvaluationJobResult>((value) => {
    const { error, curve, emissions } = (value ?? {}) as Partial<EvaluationJobResult>;
    return typeof error === "number" && Array.isArray(curve) && Array.isArray(emissions);
  }),
});

/** A journal in memory only. */
export function memoryJournal(): Journal {
  const done = new Map<string, EvaluationJobResult>();
  return {
    done,
    add: (key, _, result) => void done.set(key, result),
    close: () => {},
  };
}

/**
 * Opens `evaluation.jsonl`, making it if it isn't there. A last line that a kill cut short is cut off; its job runs again.
 * @throws LecternError `io` if the file can't be opened, `invalid-data` if a whole line of it isn't a job's
 */
export function openJournal(path: string): Journal {
  let file: number;
  try {
    file = openSync(path, "a");
  } catch (cause) {
    throw new LecternError(
      "io",
      `${path} can't be opened for writing.`,
      "Choose a folder that exists and that you may write to.",
      { cause },
    );
  }
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  const done = new Map<string, EvaluationJobResult>();
  for (const [i, text] of lines.entries()) {
    const parsed = line.safeParse(parse(text));
    if (!parsed.success) {
      closeSync(file);
      throw new LecternError(
        "invalid-data",
        `Line ${i + 1} of ${path} isn't a finished training.`,
        "Delete the file to evaluate anew, or restore it.",
      );
    }
    done.set(parsed.data.key, parsed.data.result);
  }
  return {
    done,
    add(key, job, result) {
      appendFileSync(file, `${JSON.stringify({ key, job: described(job), result })}\n`);
      done.set(key, result);
    },
    close: () => closeSync(file),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** For people who read the file; a teacher's weights are in its own. */
const described = ({ source, ...rest }: EvaluationJob): object => ({
  loss: source.kind === "fixed" ? source.loss : `teacher (${source.network.spec.family})`,
  ...rest,
});
