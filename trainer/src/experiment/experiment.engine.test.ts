import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configOfFlags } from "../cli/experiment.ts";
import {
  toExperimentMarkdown,
  toExperimentPage,
  toExperimentText,
  writeExperimentReport,
  writeReport,
} from "../report/index.ts";
import { planExperiment, runExperiment, type ExperimentOptions, type ExperimentResult } from "./index.ts";
import { tinyDeclaration, tinyExperiment } from "./tiny.fixture.ts";

const command = fileURLToPath(new URL("../../bin/lectern.mjs", import.meta.url));
let folder: string;
let whole: ExperimentResult;

const declared = tinyDeclaration();
const plan = planExperiment(declared, { base: "/", configOf: configOfFlags });
const run = (out: string, over: Partial<ExperimentOptions> = {}): Promise<ExperimentResult> =>
  runExperiment(declared, plan, { out, workers: 2, ...over });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-experiment-"));
  const out = join(folder, "whole");
  whole = await run(out, {
    onEvaluated: async (cell, evaluation) => void (await writeReport(join(out, cell), evaluation)),
  });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test("every cell is evaluated, and the teacher is the meta-training with the lowest validation error", () => {
  expect(whole.complete).toBe(true);
  expect(whole.cells.map(({ status, evaluation }) => [status, evaluation?.contenders.length])).toEqual([
    ["done", 4],
    ["done", 5],
  ]);
  const [, noisy] = whole.cells;
  expect(noisy!.evaluation!.contenders.map(({ name }) => name)).toEqual([
    "mixed",
    "gain",
    "cross-entropy",
    "label-smoothing",
    "cross-entropy+meta-dev",
  ]);
  const [, first, second] = whole.runs;
  expect([first!.metaSteps, first!.of, first!.validations.length]).toEqual([2, 2, 5]);
  const better = first!.best!.error <= second!.best!.error ? 1 : 2;
  expect(noisy!.chosen).toEqual([
    { teacher: "mixed", run: better },
    { teacher: "gain", run: 0 },
  ]);
  expect(whole.summary.map(({ teacher, cells }) => [teacher, cells])).toEqual([
    ["mixed", 1],
    ["gain", 2],
  ]);
});

test("the report in its three forms names every cell and teacher", async () => {
  const page = toExperimentPage(whole);
  for (const words of ["clean, mlp", "noise 40 %, mlp", "Meta-training", "Protocol", "<svg"])
    expect(page).toContain(words);
  expect(page).not.toContain("<script");
  const markdown = toExperimentMarkdown(whole);
  expect(markdown.match(/^\| (clean|noise 40 %), mlp \|/gm)).toHaveLength(4);
  expect(toExperimentText(whole)).toContain("mixed: over 1 cell, against");
  const out = join(folder, "whole");
  await writeExperimentReport(out, whole);
  expect(JSON.parse(await readFile(join(out, "report.json"), "utf8"))).toEqual(
    JSON.parse(JSON.stringify(whole)),
  );
  expect(await readdir(join(out, whole.cells[0]!.folder))).toContain("evaluation.html");
});

test("what is done isn't done again", async () => {
  const out = join(folder, "whole");
  const before = await readFile(join(out, "trainings.jsonl"), "utf8");
  const steps: number[] = [];
  expect(await run(out, { onProgress: ({ done }) => steps.push(done) })).toEqual(whole);
  expect(await readFile(join(out, "trainings.jsonl"), "utf8")).toBe(before);
  expect(steps.at(-1)).toBe(0);
});

test("stopped in the middle and gone on with, other workers: the same result", async () => {
  const out = join(folder, "stopped");
  const stop = new AbortController();
  const part = await run(out, {
    signal: stop.signal,
    workers: 1,
    onProgress: ({ done }) => done > 60 && stop.abort(),
  });
  expect(part.complete).toBe(false);
  expect(part.cells.at(-1)!.status).toBe("pending");
  expect(toExperimentText(part)).toContain("Not done yet: ");
  const spent = await run(out, { budgetMinutes: 1e-6 });
  expect(spent.complete).toBe(false);
  expect(await run(out)).toEqual(whole);
});

test("a cell that fails leaves the others alone", async () => {
  const broken = tinyDeclaration({
    teachers: { ...tinyExperiment.teachers, gone: { run: join(folder, "nowhere"), tasks: ["clean"] } },
  });
  const result = await runExperiment(broken, planExperiment(broken, { base: "/", configOf: configOfFlags }), {
    out: join(folder, "whole"),
    workers: 2,
  });
  expect(result.cells.map(({ status }) => status)).toEqual(["failed", "done"]);
  expect(result.cells[0]!.problem).toContain("nowhere holds no run");
  expect(result.cells[1]!.evaluation).toEqual(whole.cells[1]!.evaluation);
  expect(toExperimentMarkdown(result)).toContain("Failed: clean, mlp: ");
});

test("the command: planned, interrupted, gone on with", async () => {
  const { gain } = tinyExperiment.teachers;
  const file = join(folder, "tiny.json");
  const train = { ...gain.train, "meta-steps": 80, "validate-every": 80 };
  const small = { ...tinyExperiment, tasks: { clean: {} }, teachers: { gain: { ...gain, train } } };
  await writeFile(file, JSON.stringify(small));
  const out = join(folder, "command");
  const start = (...flags: string[]) => {
    const child = spawn(process.execPath, [command, "experiment", file, "--out", out, ...flags]);
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => (text.stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (text.stderr += String(chunk)));
    return { child, text, end: once(child, "exit").then(([code]) => code as number) };
  };
  const planned = start("--plan");
  expect(await planned.end).toBe(0);
  expect(planned.text.stdout).toContain("1 meta-trainings, 1 cells, at least 24 trainings");
  const first = start();
  // Its first line comes as work begins.
  await once(first.child.stderr, "data");
  first.child.kill("SIGINT");
  expect(await first.end).toBe(130);
  expect(first.text.stderr).toContain("Stopped with 0 of 1 cells done. The same command goes on.");
  const second = start("--json", "--quiet");
  expect(await second.end).toBe(0);
  const result = JSON.parse(second.text.stdout) as ExperimentResult;
  expect([result.complete, result.runs[0]!.metaSteps]).toEqual([true, 80]);
  expect((await readdir(out)).toSorted()).toEqual([
    "cells",
    "report.html",
    "report.json",
    "report.md",
    "runs",
    "trainings.jsonl",
  ]);
}, 120_000);
