import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { FixedLossName } from "@lectern/shared/teacher";
import { startProgress, type Progress } from "../trainer/src/cli/progress.ts";
import { openEvaluationExecutor, openJournal, type NamedTeacher } from "../trainer/src/evaluate/index.ts";
import { contestOnFleet, toFleetMarkdown, writeFleetReport } from "../trainer/src/fleet/index.ts";
import { loadTaskData, resolveTaskSpec } from "../trainer/src/task/index.ts";
import {
  defaultMeta,
  networkOf,
  starts,
  teacherSpecOf,
  trainToFolder,
  type TrainConfig,
} from "../trainer/src/train/index.ts";

/**
 * A fleet of simulated devices (docs/experiments/fleet.md): a teacher, a static one and a gain-only one are meta-trained
 * on other devices' tasks, and meet the fixed losses on 100 devices that none of them saw. Every step can be killed and
 * goes on where it was. The result and its plot are written to experiments/fleet.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "runs/fleet" },
    fresh: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
    devices: { type: "string", default: "100" },
    rivals: { type: "string" },
    name: { type: "string", default: "fleet" },
    "without-device-tuning": { type: "boolean", default: false },
    teachers: { type: "string", default: "teacher,static,gain-only" },
  },
});
const home = join(top, values.out);
if (values.fresh) await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });
const workers = Number(values.workers);

/** What devices are like. Their classes' frequencies are lopsided, the test's aren't. */
const task = resolveTaskSpec({
  name: "glyphs",
  subset: 400,
  conditions: [{ subset: [60, 400], labelNoise: [0, 0.5], confusion: [0, 0.4], lopsided: [1, 10] }],
});
const recipe: TrainConfig["recipe"] = {
  optimizer: { kind: "sgd", learningRate: 0.35, weightDecay: 0 },
  schedule: "cosine",
  batchSize: 32,
  steps: 200,
};
/** Of meta-training; the fleet that is tested has another. */
const metaSeed = 1;
const fleetSeed = 6;

const configOf = (teacher: Partial<TrainConfig["teacher"]>): TrainConfig => ({
  task,
  student: { name: "mlp", options: {} },
  teacher: {
    family: "mixed",
    architecture: { kind: "attention", keys: 5 },
    // No device has clean data to be measured on.
    featureSet: "no-dev",
    measurement: { everySteps: 20, devExamples: 0, trainBatches: 4 },
    start: starts.bounded!,
    ...teacher,
  },
  recipe,
  metric: "soft-error",
  meta: {
    ...defaultMeta,
    steps: 160,
    students: 8,
    elementRate: 1,
    frozen: [],
    validateEvery: 40,
    validationStudents: 20,
  },
  estimator: "store",
  backend: "wasm",
  seed: metaSeed,
});

const arms: readonly (readonly [name: string, label: string, config: TrainConfig])[] = [
  ["teacher", "teacher", configOf({})],
  ["static", "static teacher (one key)", configOf({ architecture: { kind: "attention", keys: 1 } })],
  ["gain-only", "gain-only teacher", configOf({ family: "gain", start: starts["cross-entropy"]! })],
];

let bar: Progress | undefined;
let phase = "";
function show(words: string, done: number, total: number, note = ""): void {
  if (words !== phase) {
    bar?.stop();
    process.stderr.write(`${words}\n`);
    bar = startProgress({ unit: "done", total, from: done - 1 });
    phase = words;
  }
  bar?.update(done, note, total);
}

const teachers: NamedTeacher[] = [];
for (const [name, label, config] of arms) {
  if (!values.teachers.split(",").includes(name)) continue;
  const run = join(home, name);
  const { best } = await trainToFolder({
    run,
    config,
    resume: existsSync(join(run, "config.json")),
    workers,
    onMetaStep: ({ devError }, { metaSteps, of }) =>
      show(`Meta-training: ${label}`, metaSteps, of, `dev error ${((devError ?? 1) * 100).toFixed(1)} %`),
  });
  teachers.push({ name, label, network: networkOf(config, teacherSpecOf(config, 10), best!.theta) });
}

const setting = { task, student: { name: "mlp", options: {} }, recipe, backend: "wasm" } as const;
const executor = await openEvaluationExecutor({ setting, data: await loadTaskData(task) }, workers);
const journal = openJournal(join(home, "contest.jsonl"));
const result = await contestOnFleet({
  setting,
  teachers,
  seed: fleetSeed,
  devices: Number(values.devices),
  ...(values.rivals && { rivals: values.rivals.split(",") as FixedLossName[] }),
  tuneOnDevices: !values["without-device-tuning"],
  executor,
  journal,
  onProgress: (words, done, expected) => show(words, done, expected),
});
bar?.stop();
journal.close();
await executor.close();
const published = join(top, "experiments/fleet");
await writeFleetReport(published, result, values.name);
process.stdout.write(`${toFleetMarkdown(result)}\nWritten to experiments/fleet.\n`);
