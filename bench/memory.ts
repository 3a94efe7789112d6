/**
 * npm run bench:memory: what each estimator keeps, over T ∈ {100, 1,000, 10,000}, for a LeNet of 431,080 weights and
 * batch 8; and `checkpoint`'s time beside `store`'s at T = 200. Each cell runs in a process of its own, which looks at its
 * own resident set. Results go to bench/results/memory.json as they come, and what is there isn't run again (--fresh runs
 * all; --only PATTERN those whose name fits it); memory.md and memory.svg beside it are its table and plot.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { estimatorOf } from "../trainer/src/hypergradient/index.ts";
import { writeAtomically } from "../trainer/src/storage/index.ts";
import { runCell, type Cell, type CellResult } from "./memory/cell.ts";
import { bars, cells, nameOf } from "./memory/cells.ts";
import { optimizers } from "./memory/lesson.ts";
import { table } from "./memory/table.ts";
import { plot } from "./memory/plot.ts";
import { measureRatio, type Ratio } from "./memory/ratio.ts";

interface Results {
  readonly student: string;
  readonly node: string;
  readonly cells: CellResult[];
  readonly ratios: Ratio[];
}

const folder = fileURLToPath(new URL("results", import.meta.url));
const json = join(folder, "memory.json");
/** A young generation of 12 MB: by default V8 lets it grow to 48 MB, whatever the estimator. */
const flags = ["--max-semi-space-size=4"];
const weights = 431_080;

const { values } = parseArgs({
  options: {
    cell: { type: "string" },
    ratio: { type: "string" },
    fresh: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});

const only = new RegExp(values.only);
if (values.cell !== undefined) print(await runCell(JSON.parse(values.cell) as Cell));
else if (values.ratio !== undefined) print(await measureRatio(values.ratio));
else await runAll();

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function runAll(): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (values.fresh) await save({ ...fresh(), cells: [], ratios: [] });
  for (const cell of cells) {
    const { cells: done } = await load();
    if (!only.test(nameOf(cell)) || done.some((other) => nameOf(other) === nameOf(cell))) continue;
    const size = { weights, steps: cell.steps, optimizer: optimizers[cell.optimizer]! };
    const needed = estimatorOf(cell.estimator).historyBytes(size);
    // Others use this machine as well.
    if (needed > process.availableMemory() / 2) {
      process.stdout.write(
        `${nameOf(cell)}: not run; it would keep ${(needed / 1e9).toFixed(1)} GB, more than half of what is free\n`,
      );
      continue;
    }
    const result = await child<CellResult>("--cell", JSON.stringify(cell));
    await add({ cells: [result] });
    process.stdout.write(
      `${nameOf(cell)}: ${result.status}, ${result.overMb} MB over a base of ${result.baseMb}, ` +
        `${result.cpuMsPerStep} ms of CPU a step, ${result.wallMinutes} minutes` +
        `${result.recovered === null ? "" : `, ω₀ and v₀ recovered: ${result.recovered ? "yes" : "NO"}`}\n`,
    );
  }
  for (const optimizer of Object.keys(optimizers)) {
    const { ratios } = await load();
    if (!only.test(`ratio, ${optimizer}`) || ratios.some((r) => r.optimizer === optimizer)) continue;
    await add({ ratios: [await child<Ratio>("--ratio", optimizer)] });
  }
  await save(await load());
  await judge();
}

/** The bars, and whether they are met. */
async function judge(): Promise<void> {
  const { cells: done, ratios } = await load();
  for (const bar of bars) {
    const found = done.find((cell) => nameOf(cell) === nameOf(bar));
    if (found)
      process.stdout.write(
        `${found.overMb <= bar.mb ? "met   " : "MISSED"} ${nameOf(bar)}: ${found.overMb} of ${bar.mb} MB\n`,
      );
  }
  for (const { optimizer, steps, ratio, store, checkpoint } of ratios)
    process.stdout.write(
      `${ratio <= 1.5 ? "met   " : "MISSED"} checkpoint, ${optimizer}, T = ${steps}: ${ratio} of 1.5 times store's CPU time ` +
        `(${Math.min(...checkpoint)} and ${Math.min(...store)} ms a step)\n`,
    );
}

async function child<T>(...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    fileURLToPath(import.meta.url),
    ...args,
  ]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

function fresh() {
  return { student: `lenet, ${weights} weights, batch 8, wasm`, node: process.version };
}

async function load(): Promise<Results> {
  try {
    return JSON.parse(await readFile(json, "utf8")) as Results;
  } catch {
    return { ...fresh(), cells: [], ratios: [] };
  }
}

/** What is there may have grown meanwhile: several of these commands may run beside each other. */
async function add(more: { cells?: CellResult[]; ratios?: Ratio[] }): Promise<void> {
  const now = await load();
  const order = (cell: Cell): number => cells.findIndex((other) => nameOf(other) === nameOf(cell));
  const all = [...now.cells, ...(more.cells ?? [])].toSorted((a, b) => order(a) - order(b));
  await save({ ...now, cells: all, ratios: [...now.ratios, ...(more.ratios ?? [])] });
}

async function save(results: Results): Promise<void> {
  await writeAtomically(json, `${JSON.stringify(results, undefined, 1)}\n`);
  await writeAtomically(join(folder, "memory.svg"), plot(results.cells));
  await writeAtomically(join(folder, "memory.md"), table(results.cells, results.ratios));
}
