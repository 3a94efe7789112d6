import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const top = fileURLToPath(new URL("..", import.meta.url));
const bin = join(top, "trainer/bin/lectern.mjs");
export const example = (name: string): string => join(top, "docs/examples", name);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working directory for a test's processes, and a home without anybody's settings. */
export interface Desk extends AsyncDisposable {
  readonly folder: string;
  start(...args: string[]): ChildProcess;
  /** Runs `lectern` with these arguments to its end. */
  lectern(...args: string[]): Promise<Ended>;
  /** The same in another folder below. */
  lecternIn(folder: string, ...args: string[]): Promise<Ended>;
}

export async function openDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-cli-"));
  const startIn = (cwd: string, args: readonly string[]) =>
    spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    folder,
    start: (...args) => startIn(folder, args),
    lectern: (...args) => endOf(startIn(folder, args)),
    lecternIn: (below, ...args) => endOf(startIn(join(folder, below), args)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr!.on("data", (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

/** Of a refusal: the exit code, one clear line (and hints in brackets), no result, no trace. */
export function expectRefusal({ code, stdout, stderr }: Ended, expectedCode: number, message: RegExp): void {
  expect({ code, stdout, stderr }).toEqual({
    code: expectedCode,
    stdout: "",
    stderr: expect.stringMatching(message),
  });
  const lines = stderr.trim().split("\n");
  expect(lines.filter((line) => !/^\((Did you mean|.*--help).*\)$/.test(line))).toHaveLength(1);
  expect(stderr).not.toMatch(/unexpected failure|^\s+at |node:internal/m);
}

/** Settings of a run that takes a second. */
export const small = (text = ""): string[] =>
  `--subset 60 --dev-examples 60 --validation-examples 60 --test-examples 60 --hidden 8 --steps 12 --batch-size 16
   --learning-rate 0.4 --measure-every 4 --measure-dev 40 --measure-batches 2 --keys 2 --meta-steps 2 --students 2
   --validate-every 2 --validation-students 1 --workers 1 ${text}`
    .trim()
    .split(/\s+/);
