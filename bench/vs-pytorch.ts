import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError } from "@lectern/shared/errors";
import {
  exportSteps,
  installedBlas,
  runLectern,
  runTorch,
  runTorches,
  type Measurement,
  type Row,
} from "./pytorch/processes.ts";
import { renderTables, type Comparison, type Results } from "./pytorch/table.ts";

/**
 * npm run bench:vs-pytorch [-- --seconds 10 --cases mlp,lenet,resnet8]: our meta-training step beside PyTorch's, in turn.
 * One student on one core against one process with one thread; two students on two cores against two such processes, and
 * against one with two threads. With --print it prints the tables of what was measured last.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    cases: { type: "string", default: "mlp,lenet,resnet8" },
    print: { type: "boolean", default: false },
  },
});
const folder = fileURLToPath(new URL("results/", import.meta.url));
const processor = cpus()[0]!.model.trim();
const slug = `${processor} ${cpus().length} cores`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
const file = join(folder, `vs-pytorch-${slug}.json`);

function average(rows: readonly Row[]): Row {
  const mean = (read: (row: Row) => number | undefined) =>
    rows.reduce((sum, row) => sum + (read(row) ?? Number.NaN), 0) / rows.length;
  return {
    ...rows[0]!,
    step: mean((row) => row.step),
    reverse: mean((row) => row.reverse),
    hyper: mean((row) => row.hyper),
    hyper_central: mean((row) => row.hyper_central),
  };
}

async function compareCase(measurement: Measurement, work: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  const add = (setting: string, blas: string, ours: Row, theirs: Row) => {
    comparisons.push({ setting, blas, ours, theirs });
    const line = {
      setting,
      case: ours.case,
      ours: ours.hyper,
      theirs: theirs.hyper,
      central: theirs.hyper_central,
    };
    console.log(
      JSON.stringify({ ...line, ratio: Number((ours.hyper / theirs.hyper).toFixed(3)), blas: theirs.blas }),
    );
  };
  const blas = installedBlas();
  const one = await runLectern(measurement, [0], work);
  for (const each of blas)
    add(
      "one student on one core, one thread of PyTorch",
      each.name,
      one,
      await runTorch(measurement, each, [0]),
    );
  if (cpus().length < 2) return comparisons;
  const two = await runLectern(measurement, [0, 1], work);
  for (const each of blas) {
    const processes = await runTorches(measurement, each, [0, 1], work);
    add("two students on two cores, two processes of PyTorch", each.name, two, average(processes));
  }
  for (const each of blas) {
    // One process does one step at a time, in which two students do two.
    const theirs = await runTorch(measurement, each, [0, 1]);
    const half = { ...two, step: two.step / 2, reverse: two.reverse / 2, hyper: two.hyper / 2 };
    add(
      "two students on two cores (time a student's step), one process of PyTorch with two threads",
      each.name,
      half,
      theirs,
    );
  }
  return comparisons;
}

async function measureAll(): Promise<Results> {
  const work = await mkdtemp(join(tmpdir(), "lectern-bench-"));
  try {
    const names = values.cases.split(",");
    await exportSteps(work, names);
    const comparisons: Comparison[] = [];
    for (const name of names)
      comparisons.push(...(await compareCase({ name, seconds: Number(values.seconds) }, work)));
    return {
      machine: hostname(),
      processor: `${processor}, ${cpus().length} cores`,
      date: new Date().toISOString().slice(0, 10),
      node: process.versions.node,
      torch: String(comparisons[0]!.theirs.torch),
      comparisons,
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

try {
  if (!values.print) {
    const results = await measureAll();
    await mkdir(folder, { recursive: true });
    await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  }
  console.log(renderTables(JSON.parse(await readFile(file, "utf8")) as Results));
} catch (error) {
  if (!isLecternError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
