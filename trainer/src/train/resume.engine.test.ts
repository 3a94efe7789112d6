import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/lectern.mjs", import.meta.url));
const settings = (backend: string) =>
  `--task glyphs --label-noise 0.4 --subset 60 --dev-examples 60 --validation-examples 60 --test-examples 60
   --hidden 8 --steps 12 --batch-size 16 --learning-rate 0.4 --measure-every 4 --measure-dev 40 --measure-batches 2
   --keys 2 --meta-steps 6 --students 3 --validate-every 2 --validation-students 2 --seed 5 --backend ${backend}`
    .trim()
    .split(/\s+/);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-resume-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (run: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [bin, "train", "--run", run, "--quiet", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });

async function finish(child: ChildProcess): Promise<void> {
  let stderr = "";
  child.stderr!.on("data", (chunk) => (stderr += String(chunk)));
  const code = await new Promise((resolve) => child.on("exit", resolve));
  if (code !== 0) throw new Error(`exit ${String(code)}: ${stderr}`);
}

/** Kills the process at the n-th change in its folder, whatever it is writing then. */
async function killAtChange(child: ChildProcess, run: string, n: number): Promise<void> {
  const exited = new Promise((resolve) => child.on("exit", resolve));
  const watching = new AbortController();
  void exited.then(() => watching.abort());
  let changes = 0;
  try {
    for await (const _ of watch(run, { signal: watching.signal }))
      if (++changes === n) {
        child.kill("SIGKILL");
        break;
      }
  } catch {
    // Aborted: the run ended before its n-th change, which resuming must survive just as well.
  }
  await exited;
}

const contents = async (run: string): Promise<string[]> =>
  Promise.all(["metrics.jsonl", "checkpoint.json", "config.json"].map((f) => readFile(join(run, f), "utf8")));

describe.each(["cpu", "wasm"])("a run on %s", (backend) => {
  let whole: string[];
  beforeAll(async () => {
    const run = join(folder, `${backend}-whole`);
    await finish(start(run, ...settings(backend), "--workers", "1"));
    whole = await contents(run);
  }, 120_000);

  test("says all that it did", () => {
    const lines = whole[0]!
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter((line) => "students" in line).map((line) => line.metaStep)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(lines.filter((line) => line.candidate === "theta").map((line) => line.metaStep)).toEqual([
      0, 2, 4, 6,
    ]);
    expect(whole[0]).not.toMatch(/NaN|Infinity/);
  });

  test.each([1, 2, 3])("is the same bits on %i workers", async (workers) => {
    const run = join(folder, `${backend}-workers-${workers}`);
    await finish(start(run, ...settings(backend), "--workers", String(workers)));
    expect(await contents(run)).toEqual(whole);
  });

  test("is the same bits after SIGKILL at any change of its files, again and again", async () => {
    const run = join(folder, `${backend}-killed`);
    await mkdir(run);
    await killAtChange(start(run, ...settings(backend), "--workers", "2"), run, 5);
    for (const n of [2, 3, 4, 5, 7]) await killAtChange(start(run, "--resume", "--workers", "2"), run, n);
    await finish(start(run, "--resume", "--workers", "1"));
    expect(await contents(run)).toEqual(whole);
  });
});
