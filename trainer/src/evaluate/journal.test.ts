import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobKey, type EvaluationJob, type EvaluationJobResult } from "./job.ts";
import { memoryJournal, openJournal } from "./journal.ts";
import { runThroughJournal } from "./run-jobs.ts";
import type { EvaluationSetting } from "./setting.ts";

const setting: EvaluationSetting = {
  task: {
    name: "glyphs",
    subset: 100,
    labelNoise: 0,
    imbalance: 1,
    devExamples: 10,
    validationExamples: 10,
    testExamples: 10,
  },
  student: { name: "mlp", options: {} },
  recipe: {
    optimizer: { kind: "sgd", learningRate: 1, weightDecay: 0 },
    schedule: "cosine",
    batchSize: 10,
    steps: 10,
  },
  backend: "cpu",
};
const jobOf = (seed: number): EvaluationJob => ({
  source: { kind: "fixed", loss: "focal" },
  learningRate: 0.5,
  value: 2,
  extraData: false,
  seed,
  split: "validation",
  curvePoints: 0,
});
/** 0.1 + 0.2 has no short decimal: it must read back to the bit. */
const resultOf = (seed: number): EvaluationJobResult => ({
  status: "completed",
  error: (0.1 + 0.2) / seed,
  curve: [],
  emissions: [],
});

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-journal-"));
  path = join(folder, "evaluation.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

describe("openJournal", () => {
  test("reads back what was added, to the bit", () => {
    const journal = openJournal(path);
    for (const seed of [1, 3]) journal.add(`key-${seed}`, jobOf(seed), resultOf(seed));
    journal.close();
    const again = openJournal(path);
    expect([...again.done]).toEqual([
      ["key-1", resultOf(1)],
      ["key-3", resultOf(3)],
    ]);
    again.close();
  });

  test("cuts off a line that a kill cut short, so that the next one stands by itself", async () => {
    const journal = openJournal(path);
    journal.add("key-1", jobOf(1), resultOf(1));
    journal.close();
    await appendFile(path, '{"key":"key-2","res');
    const second = openJournal(path);
    expect([...second.done.keys()]).toEqual(["key-1"]);
    second.add("key-3", jobOf(3), resultOf(3));
    second.close();
    expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(2);
  });

  test("refuses a file that isn't a journal, by line, and leaves it as it is", async () => {
    await writeFile(path, '{"key":"a"}\n');
    expect(() => openJournal(path)).toThrow(`Line 1 of ${path} isn't a finished training.`);
    expect(await readFile(path, "utf8")).toBe('{"key":"a"}\n');
  });

  test("refuses a folder that isn't there, with a remedy", () => {
    expect(() => openJournal(join(folder, "none", "evaluation.jsonl"))).toThrow(
      "Choose a folder that exists",
    );
  });
});

describe("jobKey", () => {
  test("is the same whatever the order of keys and the recipe's own rate", () => {
    const reordered = Object.fromEntries(Object.entries(jobOf(1)).toReversed()) as unknown as EvaluationJob;
    expect(jobKey(setting, reordered)).toBe(jobKey(setting, jobOf(1)));
    const optimizer = { kind: "sgd", learningRate: 7, weightDecay: 0 } as const;
    const other = { ...setting, recipe: { ...setting.recipe, optimizer } };
    expect(jobKey(other, jobOf(1))).toBe(jobKey(setting, jobOf(1)));
  });

  test("differs with anything that changes a training", () => {
    const keys = [
      jobKey(setting, jobOf(1)),
      jobKey(setting, jobOf(2)),
      jobKey(setting, { ...jobOf(1), learningRate: 0.6 }),
      jobKey(setting, { ...jobOf(1), value: 1 }),
      jobKey(setting, { ...jobOf(1), extraData: true }),
      jobKey(setting, { ...jobOf(1), split: "test" }),
      jobKey(setting, { ...jobOf(1), source: { kind: "fixed", loss: "large-margin" } }),
      jobKey({ ...setting, backend: "wasm" }, jobOf(1)),
      jobKey({ ...setting, task: { ...setting.task, labelNoise: 0.4 } }, jobOf(1)),
      jobKey({ ...setting, recipe: { ...setting.recipe, steps: 11 } }, jobOf(1)),
      jobKey({ ...setting, student: { name: "mlp", options: { hidden: 8 } } }, jobOf(1)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test("runThroughJournal runs what is missing once, and answers in the jobs' order", async () => {
  const journal = memoryJournal();
  journal.add(jobKey(setting, jobOf(2)), jobOf(2), resultOf(2));
  const ran: number[] = [];
  const run = runThroughJournal(
    {
      run: async (jobs, onDone) => {
        const results = jobs.map(({ seed }) => resultOf(seed));
        // As workers do: the last job ends first.
        for (const i of jobs.map((_, at) => at).toReversed()) {
          ran.push(jobs[i]!.seed);
          onDone?.(i, results[i]!);
        }
        return results;
      },
      close: () => Promise.resolve(),
    },
    setting,
    journal,
  );
  let done = 0;
  const results = await run([3, 2, 1, 3].map(jobOf), () => void done++);
  expect(results.map(({ error }) => error)).toEqual([3, 2, 1, 3].map((seed) => resultOf(seed).error));
  expect(ran).toEqual([1, 3]);
  expect(done).toBe(4);
});
