import { createHash } from "node:crypto";
import { access, mkdir, open, readFile, truncate, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LecternError } from "@lectern/shared/errors";
import { canonicalJson, fingerprint, writeAtomically } from "../storage/index.ts";
import { trainConfig, type TrainConfig } from "./config.ts";
import type { MetaState, ThetaValues } from "./meta-optimizer.ts";
import type { Anchor } from "./setback.ts";

/** A candidate's record on validation data. */
export interface Validated {
  readonly metaStep: number;
  readonly candidate: "theta" | "average";
  /** Mean error over validation students, 0 … 1. */
  readonly error: number;
}

/** All that a run is after some meta-steps. */
export interface Checkpoint {
  /** Meta-steps done. */
  readonly metaStep: number;
  readonly theta: ThetaValues;
  readonly average: ThetaValues;
  readonly optimizer: MetaState;
  readonly best: (Validated & { readonly theta: ThetaValues }) | null;
  readonly skipped: number;
  /** |dθ| of the last students, before clipping. */
  readonly lengths: readonly number[];
  /** Share of the schedule's rate that θ moves at: see back-off.ts. */
  readonly caution: number;
  /** Whether the last meta-step's students were mostly past the edge of stability: see explosion.ts. */
  readonly pastTheEdge: boolean;
  /** Where the meta-dev error was least, null before any was known: see setback.ts. */
  readonly anchor: Anchor | null;
}

/**
 * A run on disk: `config.json`, `metrics.jsonl` (a line a meta-step; no wall-clock times, so that it is the same bits
 * each time), `checkpoint.json`. A meta-step's line is written first and becomes part of the run when the checkpoint
 * that counts its bytes takes the old one's place; a kill in between leaves a tail that `resume` cuts off.
 */
export interface RunFolder {
  readonly path: string;
  append(lines: readonly object[], checkpoint: Checkpoint): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedRun {
  readonly folder: RunFolder;
  /** Where the run stands; undefined if it hasn't begun. */
  readonly checkpoint: Checkpoint | undefined;
}

const files = { config: "config.json", metrics: "metrics.jsonl", checkpoint: "checkpoint.json" };

/** Starts a run in a folder that has none. */
export async function createRun(path: string, config: TrainConfig): Promise<OpenedRun> {
  if (await exists(join(path, files.config)))
    throw new LecternError(
      "conflict",
      `${path} holds a run already.`,
      "Go on with --resume, or choose another --run folder.",
    );
  try {
    await mkdir(path, { recursive: true });
    await writeAtomically(join(path, files.config), `${JSON.stringify(config, undefined, 2)}\n`);
  } catch (cause) {
    throw new LecternError(
      "io",
      `The run folder ${path} can't be written to (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      "Choose another --run folder, or make room and check its permissions.",
      { cause },
    );
  }
  return { folder: await openFolder(path, 0), checkpoint: undefined };
}

/** Goes on with a run where its last checkpoint left it. `config`, if given, must be the run's own. */
export async function resumeRun(
  path: string,
  config?: TrainConfig,
): Promise<OpenedRun & { config: TrainConfig }> {
  const own = await readConfig(path);
  if (config && fingerprint(config) !== fingerprint(own))
    throw new LecternError(
      "conflict",
      `${path} was started with other settings (${differences(own, config).join(", ")}).`,
      "Resume with the same settings, or with none at all; or start a new run in another folder.",
    );
  const file = join(path, files.checkpoint);
  const saved = (await exists(file)) ? decode(await readFile(file, "utf8"), file) : undefined;
  return { folder: await openFolder(path, saved?.metricsBytes ?? 0), checkpoint: saved, config: own };
}

export async function readConfig(path: string): Promise<TrainConfig> {
  const file = join(path, files.config);
  if (!(await exists(file)))
    throw new LecternError(
      "not-found",
      `${path} holds no run: it has no ${files.config}.`,
      "Start one with lectern train --run FOLDER.",
    );
  const result = trainConfig.safeParse(parseJson(await readFile(file, "utf8"), file));
  if (result.success) return result.data;
  const { path: at, message } = result.error.issues[0]!;
  throw new LecternError(
    "invalid-data",
    `${file}: ${at.join(".")}: ${message}.`,
    "Restore the file, or start a new run.",
  );
}

/** The run's last checkpoint. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = join(path, files.checkpoint);
  if (await exists(file)) return decode(await readFile(file, "utf8"), file);
  throw new LecternError(
    "not-found",
    `${path} has no checkpoint yet.`,
    "Let the run make its first meta-step: lectern train --resume.",
  );
}

/** Tells the released θ of one state of a run from that of another. */
export function identify({ best }: Checkpoint): Validated & { readonly digest: string } {
  const { theta, ...validated } = best!;
  const hash = createHash("sha256");
  for (const name of Object.keys(theta).toSorted()) hash.update(theta[name]!.data as Float64Array);
  return { ...validated, digest: hash.digest("hex") };
}

/** The metrics, a line parsed each. */
export async function readMetrics(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(path, files.metrics), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => parseJson(line, files.metrics) as Record<string, unknown>);
}

async function openFolder(path: string, metricsBytes: number): Promise<RunFolder> {
  const metrics = join(path, files.metrics);
  let handle: FileHandle | undefined = await open(metrics, "a");
  const { size } = await handle.stat();
  if (size < metricsBytes) {
    await handle.close();
    throw new LecternError(
      "invalid-data",
      `${metrics} has ${size} bytes, and the run's checkpoint counts ${metricsBytes}.`,
      "Restore the file, or start the run anew in another folder.",
    );
  }
  await truncate(metrics, metricsBytes);
  let bytes = metricsBytes;
  return {
    path,
    async append(lines, checkpoint) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      await handle!.writeFile(text);
      await handle!.sync();
      bytes += Buffer.byteLength(text);
      await writeAtomically(join(path, files.checkpoint), encode(checkpoint, bytes));
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LecternError("invalid-data", `${file} isn't JSON.`, "Restore the file, or start a new run.", {
      cause,
    });
  }
}

/** JSON writes a float64 so that it reads back to the same bits. */
function encode(checkpoint: Checkpoint, metricsBytes: number): string {
  return JSON.stringify({ ...checkpoint, metricsBytes }, (_, value: unknown) =>
    value instanceof Float64Array ? { float64: Array.from(value) } : value,
  );
}

function decode(text: string, file: string): Checkpoint & { metricsBytes: number } {
  try {
    const checkpoint: unknown = JSON.parse(text, (_, value: unknown) => {
      const values = (value as { float64?: number[] } | null)?.float64;
      return Array.isArray(values) ? Float64Array.from(values) : value;
    });
    return wholeCheckpoint.parse(checkpoint) as Checkpoint & { metricsBytes: number };
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${file} isn't a checkpoint.`,
      "Start the run anew in another folder.",
      { cause },
    );
  }
}

const thetaValues = z.record(
  z.string(),
  z.object({ shape: z.array(z.int()), data: z.instanceof(Float64Array) }),
);
const wholeCheckpoint = z.object({
  metaStep: z.int().min(0),
  theta: thetaValues,
  average: thetaValues,
  optimizer: z.object({ step: z.int(), m: thetaValues, v: thetaValues }),
  best: z
    .object({
      metaStep: z.int(),
      candidate: z.enum(["theta", "average"]),
      error: z.number(),
      theta: thetaValues,
    })
    .nullable(),
  skipped: z.int(),
  lengths: z.array(z.number()),
  caution: z.number().min(0).max(1).default(1),
  pastTheEdge: z.boolean().default(false),
  anchor: z
    .object({ theta: thetaValues, error: z.number(), metaSteps: z.int().min(1), since: z.int().min(0) })
    .nullable()
    .default(null),
  metricsBytes: z.int().min(0),
});

function differences(a: object, b: object, prefix = ""): string[] {
  return Object.entries(a).flatMap(([key, value]) => {
    const other = (b as Record<string, unknown>)[key];
    if (canonicalJson(value) === canonicalJson(other ?? null)) return [];
    return value !== null && typeof value === "object" && !Array.isArray(value) && other
      ? differences(value, other as object, `${prefix}${key}.`)
      : [`${prefix}${key}`];
  });
}
