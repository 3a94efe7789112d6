import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { estimatorOf } from "../../trainer/src/hypergradient/index.ts";
import { createReversible } from "../../trainer/src/hypergradient/reversible.ts";
import { installOverlay } from "../../trainer/src/overlay/index.ts";
import { useBackend } from "../../trainer/src/backend/index.ts";
import { openLenetLesson, optimizers } from "./lesson.ts";

export interface Cell {
  readonly estimator: string;
  readonly optimizer: string;
  readonly steps: number;
}

/** What a cell's process saw of itself. Bytes in MB (10⁶). */
export interface CellResult extends Cell {
  readonly status: string;
  /** Resident set once the backend, the student and the data were there. */
  readonly baseMb: number;
  /** The most that it was afterwards, from resourceUsage().maxRSS. */
  readonly peakMb: number;
  readonly overMb: number;
  /** User CPU time over T, lesson and way back. */
  readonly cpuMsPerStep: number;
  readonly wallMinutes: number;
  /** |dθ|, to see that something was computed. */
  readonly norm: number | null;
  /** `reversible`: ω₀ and v₀ found again, bit for bit. */
  readonly recovered: boolean | null;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** Runs one cell in this process, which has done nothing else. */
export async function runCell({ estimator: name, optimizer, steps }: Cell): Promise<CellResult> {
  await useBackend("wasm");
  installOverlay();
  const problem = await openLenetLesson(optimizers[optimizer]!, steps);
  let recovered: boolean | null = null;
  const units = problem.student.variables.flatMap((v) =>
    Array.from(v.dataSync() as Float32Array, (w) => Math.floor(w * 2 ** 38 + 0.5)),
  );
  const begun = digest(Float64Array.from(units));
  units.length = 0;
  const estimator =
    name === "reversible"
      ? createReversible({
          onStart({ weights, momentum }) {
            recovered =
              digest(weights) === begun && momentum.subarray(0, weights.length).every((v) => v === 0);
          },
        })
      : estimatorOf(name);
  // What was needed to get here is no part of what a lesson needs.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const base = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const { status, dTheta } = await estimator.estimate(problem, { explosion: Infinity });
  const { user } = process.cpuUsage(cpu);
  const peak = 1024 * process.resourceUsage().maxRSS;
  const squares = Object.values(dTheta ?? {}).flatMap(({ data }) => Array.from(data, (d) => d * d));
  return {
    estimator: name,
    optimizer,
    steps,
    status,
    baseMb: megabytes(base),
    peakMb: megabytes(peak),
    overMb: megabytes(peak - base),
    cpuMsPerStep: Math.round(user / 10 / steps) / 100,
    wallMinutes: Math.round((performance.now() - begin) / 6000) / 10,
    norm: dTheta ? Math.sqrt(squares.reduce((a, b) => a + b, 0)) : null,
    recovered,
  };
}

const digest = (numbers: Float64Array): string =>
  createHash("sha256")
    .update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    .digest("hex");
