import { deriveSeed } from "../task/index.ts";
import type { Executor } from "../jobs/index.ts";
import type { TrainConfig } from "./config.ts";
import type { TrainJob, TrainJobResult } from "./job.ts";
import {
  blendTheta,
  clipTheta,
  forgetMomentum,
  meanTheta,
  normOfTheta,
  startMeta,
  updateTheta,
  type ThetaValues,
} from "./meta-optimizer.ts";
import type { Checkpoint, RunFolder, Validated } from "./run-folder.ts";
import { rateAt } from "@lectern/client/lesson";

type HypergradientReply = Extract<TrainJobResult, { kind: "hypergradient" }>;

/** What a meta-step did: a line of metrics.jsonl. */
export interface MetaStepMetrics {
  readonly metaStep: number;
  /** Mean M over the students that ended well; null if none did. */
  readonly metric: number | null;
  /** Mean meta-dev error of the same, 0 … 1: watch it beside M, which can be gamed. */
  readonly devError: number | null;
  /** |dθ| after clipping and averaging; 0 if the step was skipped. */
  readonly gradientNorm: number;
  /** Largest |dω_t| over t and students, and where it ended, |dω_0|: growth means an edge of stability. */
  readonly largestCotangent: number | null;
  readonly learningRate: number;
  readonly students: readonly string[];
  /** Students skipped so far, for a hypergradient that wasn't finite, exploded, or a lesson that diverged. */
  readonly skipped: number;
}

export interface TrainEvents {
  onMetaStep?(metrics: MetaStepMetrics, done: { metaSteps: number; of: number }): void;
  onValidated?(validated: Validated, best: boolean): void;
  /** As each student of a meta-step ends. */
  onStudent?(done: number, of: number): void;
}

export interface TrainOptions extends TrainEvents {
  readonly signal?: AbortSignal;
}

/**
 * Meta-training: at each meta-step fresh students learn fresh local data under θ, their hypergradients are clipped and
 * averaged in a fixed order, and θ moves (L2T-DLF, NeurIPS 2018, algorithm 2). Ends early, resumably, on `signal`.
 */
export async function runMetaTraining(
  config: TrainConfig,
  initial: ThetaValues,
  { folder, checkpoint }: { folder: RunFolder; checkpoint: Checkpoint | undefined },
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions = {},
): Promise<Checkpoint> {
  const { meta } = config;
  let state = checkpoint ?? (await begin(config, initial, folder, executor, options));
  while (state.metaStep < meta.steps && !options.signal?.aborted) {
    const { next, line } = await metaStep(config, state, executor, options);
    const due = next.metaStep % meta.validateEvery === 0 || next.metaStep === meta.steps;
    const { best, lines } = due
      ? await validate(config, next, executor, options)
      : { best: next.best, lines: [] };
    state = { ...next, best };
    await folder.append([line, ...lines], state);
    options.onMetaStep?.(line, { metaSteps: state.metaStep, of: meta.steps });
  }
  return state;
}

/** The starting loss is a candidate too: meta-training may make nothing better. */
async function begin(
  config: TrainConfig,
  theta: ThetaValues,
  folder: RunFolder,
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions,
): Promise<Checkpoint> {
  const start: Checkpoint = {
    metaStep: 0,
    theta,
    average: theta,
    optimizer: startMeta(theta),
    best: null,
    skipped: 0,
    lengths: [],
  };
  const { best, lines } = await validate(config, start, executor, options);
  const state = { ...start, best };
  await folder.append(lines, state);
  return state;
}

async function metaStep(
  config: TrainConfig,
  state: Checkpoint,
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions,
): Promise<{ next: Checkpoint; line: MetaStepMetrics }> {
  const { meta } = config;
  const jobs = Array.from({ length: meta.students }, (_, i): TrainJob => {
    const seed = deriveSeed(config.seed, "meta", state.metaStep * meta.students + i);
    return { kind: "hypergradient", theta: state.theta, seed };
  });
  let done = 0;
  const replies = (await executor.run(jobs, () =>
    options.onStudent?.(++done, jobs.length),
  )) as HypergradientReply[];
  const good = replies.filter((reply) => reply.status === "ok" && reply.dTheta);
  const skipped = state.skipped + replies.length - good.length;
  const learningRate = rateAt(meta.learningRate, meta.schedule, state.metaStep, meta.steps);
  const lengths = good.map(({ dTheta }) => normOfTheta(dTheta!));
  const limit = Math.min(meta.clip, meta.clipFactor * median([...state.lengths, ...lengths]));
  const gradient =
    good.length > 0 ? meanTheta(good.map(({ dTheta }) => clipTheta(dTheta!, limit))) : undefined;
  const { optimizer: kind, elementRate, frozen } = meta;
  const update = { kind, learningRate, elementRate, frozen };
  const moved = gradient && updateTheta(state.theta, gradient, state.optimizer, update);
  const stepped = moved ?? { theta: state.theta, state: state.optimizer };
  // Where no student is usable, θ has left the stable region: it is drawn half-way back to the mean of θ's that were in
  // it, and the averaged direction that led out is forgotten. Else all further students might be lost, too.
  const lost = good.length === 0;
  const theta = lost ? blendTheta(stepped.theta, state.average, 0.5) : stepped.theta;
  const next: Checkpoint = {
    metaStep: state.metaStep + 1,
    theta,
    average: lost ? state.average : blendTheta(state.average, theta, meta.averaging),
    optimizer: lost ? forgetMomentum(stepped.state) : stepped.state,
    best: state.best,
    skipped,
    lengths: [...state.lengths, ...lengths].slice(-lengthsKept),
  };
  const line: MetaStepMetrics = {
    metaStep: next.metaStep,
    metric: meanOf(good.map((r) => r.metric)),
    devError: meanOf(good.map((r) => r.devError)),
    gradientNorm: gradient ? normOfTheta(gradient) : 0,
    largestCotangent: finiteOrNull(Math.max(...replies.flatMap((r) => r.norms.map(({ norm }) => norm)))),
    learningRate,
    students: replies.map(({ status }) => status),
    skipped,
  };
  return { next, line };
}

/** Puts θ, and θ̄ if it differs, before the same validation students, and keeps the best so far. */
async function validate(
  config: TrainConfig,
  state: Checkpoint,
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions,
): Promise<{ best: Checkpoint["best"]; lines: Validated[] }> {
  const { meta } = config;
  const candidates: { candidate: Validated["candidate"]; theta: ThetaValues }[] = [
    { candidate: "theta", theta: state.theta },
  ];
  if (meta.averaging > 0 && state.metaStep > 0)
    candidates.push({ candidate: "average", theta: state.average });
  const jobs = candidates.flatMap(({ theta }) =>
    Array.from({ length: meta.validationStudents }, (_, i): TrainJob => {
      return { kind: "validate", theta, seed: deriveSeed(config.seed, "validation", i) };
    }),
  );
  const replies = (await executor.run(jobs)) as Extract<TrainJobResult, { kind: "validate" }>[];
  let { best } = state;
  const lines: Validated[] = [];
  for (const [k, { candidate, theta }] of candidates.entries()) {
    const own = replies.slice(k * meta.validationStudents, (k + 1) * meta.validationStudents);
    const validated: Validated = {
      metaStep: state.metaStep,
      candidate,
      error: meanOf(own.map((r) => r.error))!,
    };
    const better = best === null || validated.error < best.error;
    if (better) best = { ...validated, theta };
    lines.push(validated);
    options.onValidated?.(validated, better);
  }
  return { best, lines };
}

/** Students whose |dθ| tell what is usual. */
const lengthsKept = 40;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Infinity;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

/** JSON has no infinity. */
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
