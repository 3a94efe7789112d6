import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LecternError } from "@lectern/shared/errors";

/** One line of `lectern bench` or of bench/pytorch.py. */
export interface Row {
  readonly case: string;
  readonly threads: number;
  readonly ce_step: number;
  readonly step: number;
  readonly reverse: number;
  readonly hyper: number;
  readonly hyper_central?: number;
  readonly cpu: { readonly hyper: number; readonly hyper_central?: number };
  readonly blas?: string;
  readonly torch?: string;
  readonly error?: { readonly dWeights: number; readonly dTheta: number };
  readonly [more: string]: unknown;
}

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("../pytorch.py", import.meta.url));
const lectern = fileURLToPath(new URL("../../trainer/bin/lectern.mjs", import.meta.url));
const install = "apt-get install python3-torch libopenblas0-pthread";

/** A BLAS that Debian's libtorch can run on: its default, the reference one, is slow. */
export interface Blas {
  readonly name: string;
  readonly folder: string;
}

const folders: readonly Blas[] = [
  { name: "OpenBLAS", folder: "openblas-pthread" },
  { name: "reference BLAS", folder: "blas" },
].map(({ name, folder }) => ({
  name,
  folder: `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/${folder}`,
}));

/** Those that are installed; whatever the system is set to if none is known. */
export function installedBlas(): readonly Blas[] {
  const found = folders.filter(({ folder }) => existsSync(join(folder, "libblas.so.3")));
  return found.length > 0 ? found : [{ name: "the system's BLAS", folder: "" }];
}

interface Running {
  /** Resolves when the process says that it is ready. */
  readonly ready: Promise<void>;
  readonly rows: Promise<Row[]>;
}

function run(command: string, args: readonly string[], environment: Record<string, string> = {}): Running {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const rows: Row[] = [];
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();
  createInterface(child.stdout).on("line", (line) => {
    if (line === "ready") becomeReady();
    else rows.push(JSON.parse(line) as Row);
  });
  const ended = new Promise<Row[]>((resolve, reject) => {
    child.on("error", (cause) => reject(failed(command, cause.message)));
    child.on("close", (code) => {
      becomeReady();
      if (code === 0) resolve(rows);
      else reject(failed(command, stderr.trim().split("\n").at(-1) ?? ""));
    });
  });
  return { ready, rows: ended };
}

function failed(command: string, reason: string): LecternError {
  const torch = reason.includes("PyTorch isn't installed") || reason.includes("ENOENT");
  return new LecternError(
    "unsupported",
    torch ? `PyTorch can't be had from ${python}.` : `${command} failed: ${reason}.`,
    torch ? `On Debian: ${install}.` : "Run the command on its own to see more.",
  );
}

/** Cores, as taskset takes them. */
type Cores = string;

const pinned = (cores: Cores, command: string, args: readonly string[]) =>
  ["taskset", ["-c", cores, command, ...args]] as const;

export interface Measurement {
  readonly name: string;
  readonly seconds: number;
}

const torchArguments = ({ name, seconds }: Measurement, threads: number) =>
  [script, "--cases", name, "--seconds", String(seconds), "--threads", String(threads)] as const;

/** Where libtorch finds its BLAS, and how many threads that takes. */
const torchEnvironment = ({ folder }: Blas, threads: number): Record<string, string> => ({
  ...(folder && { LD_LIBRARY_PATH: folder }),
  OMP_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
});

/** One PyTorch process with as many threads as cores. */
export async function runTorch(measurement: Measurement, blas: Blas, cores: readonly number[]): Promise<Row> {
  const threads = cores.length;
  const command = pinned(cores.join(), python, torchArguments(measurement, threads));
  return (await run(...command, torchEnvironment(blas, threads)).rows)[0]!;
}

/** A PyTorch process a core, all measuring at the same time. `folder` is for the sign to start. */
export async function runTorches(
  measurement: Measurement,
  blas: Blas,
  cores: readonly number[],
  folder: string,
): Promise<Row[]> {
  const go = join(folder, `go-${measurement.name}-${blas.name}`);
  const processes = cores.map((core) =>
    run(
      ...pinned(String(core), python, [...torchArguments(measurement, 1), "--go", go]),
      torchEnvironment(blas, 1),
    ),
  );
  await Promise.all(processes.map(({ ready }) => ready));
  await writeFile(go, "");
  return (await Promise.all(processes.map(({ rows }) => rows))).flat();
}

/** Writes one step of each case, with what PyTorch makes of it. */
export async function exportSteps(folder: string, names: readonly string[]): Promise<void> {
  await run(python, [script, "--seconds", "0", "--export", folder, "--cases", names.join()]).rows;
}

/** Our benchmark: a student a core, its numbers checked first against the exported ones. */
export async function runLectern(
  { name, seconds }: Measurement,
  cores: readonly number[],
  compareWith: string,
): Promise<Row> {
  const args = ["bench", "--backend", "wasm", "--cases", name, "--seconds", String(seconds)];
  const more = ["--workers", String(cores.length), "--compare", compareWith];
  return (await run(...pinned(cores.join(), process.execPath, [lectern, ...args, ...more])).rows)[0]!;
}
