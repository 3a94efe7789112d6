import { rateAt } from "@lectern/client/lesson";
import type { TeacherSpec } from "@lectern/shared/teacher";
import type { Executor } from "../jobs/index.ts";
import { deriveSeed } from "../task/index.ts";
import { nextCaution } from "./back-off.ts";
import type { TrainConfig } from "./config.ts";
import { expectFiniteTheta } from "./finite-theta.ts";
import type { HypergradientReply, TrainJob, TrainJobResult } from "./job.ts";
import {
  blendTheta,
  clipTheta,
  forgetMomentum,
  meanTheta,
  normOfTheta,
  updateTheta,
} from "./meta-optimizer.ts";
import { cotangentProfile, largestOf, meanOf, type CotangentProfile } from "./metrics.ts";
import { nextReach } from "./reach.ts";
import type { Checkpoint } from "./run-folder.ts";
import { trustedStep } from "./trust-region.ts";

/** What a meta-step did: a line of metrics.jsonl. */
export interface MetaStepMetrics {
  readonly metaStep: number;
  /** Mean M over the students that ended well; null if none did. */
  readonly metric: number | null;
  /** Mean meta-dev error of the same, 0 … 1: watch it beside M, which can be gamed. */
  readonly devError: number | null;
  /** |dθ| after clipping and averaging; 0 if the step was skipped. */
  readonly gradientNorm: number;
  /** Largest |dω_t| over t and students; null if it was infinite. Growth towards t = 0 means an edge of stability. */
  readonly largestCotangent: number | null;
  /** |dω_t| over t, a list a student. */
  readonly cotangents: CotangentProfile;
  /** Largest relative change of φ that the step made, on the states of its students. */
  readonly phiChange: number;
  /** Share of the step that the trust region let through. */
  readonly stepShare: number;
  /** With back-off. */
  readonly learningRate: number;
  /** Steps of the lesson that its hypergradients looked at, from T back; null for all: see reach.ts. */
  readonly reach: number | null;
  readonly students: readonly string[];
  /** Students skipped so far, for a hypergradient that wasn't finite, exploded, or a lesson that diverged. */
  readonly skipped: number;
}

/** Students whose |dθ| tell what is usual. */
const lengthsKept = 40;

/** The seed of a meta-step's i-th student. */
export const studentSeed = ({ seed, meta }: TrainConfig, metaStep: number, i: number): number =>
  deriveSeed(seed, "meta", metaStep * meta.students + i);

/** One update of θ: see `runMetaTraining`. */
export async function takeMetaStep(
  config: TrainConfig,
  spec: TeacherSpec,
  state: Checkpoint,
  executor: Executor<TrainJob, TrainJobResult>,
  onStudent?: (done: number, of: number) => void,
): Promise<{ next: Checkpoint; line: MetaStepMetrics }> {
  const { meta } = config;
  const jobs = Array.from({ length: meta.students }, (_, i): TrainJob => {
    const seed = studentSeed(config, state.metaStep, i);
    return { kind: "hypergradient", theta: state.theta, seed, reach: state.reach };
  });
  let done = 0;
  const replies = (await executor.run(jobs, () => onStudent?.(++done, jobs.length))) as HypergradientReply[];
  const good = replies.filter((reply) => reply.status === "ok" && reply.dTheta);
  const lengths = good.map(({ dTheta }) => normOfTheta(dTheta!));
  const limit = Math.min(meta.clip, meta.clipFactor * median([...state.lengths, ...lengths]));
  const gradient =
    good.length > 0 ? meanTheta(good.map(({ dTheta }) => clipTheta(dTheta!, limit))) : undefined;
  const learningRate = state.caution * rateAt(meta.learningRate, meta.schedule, state.metaStep, meta.steps);
  const { optimizer: kind, elementRate, frozen } = meta;
  const moved =
    gradient &&
    updateTheta(state.theta, gradient, state.optimizer, { kind, learningRate, elementRate, frozen });
  const states = good.flatMap((reply) => reply.states);
  const step = moved
    ? trustedStep(spec, states, state.theta, moved.theta, meta.trustRegion)
    : { theta: state.theta, share: 1, change: 0 };
  // Where no student is usable, θ has left the stable region: it is drawn half-way back to the mean of θ's that were in
  // it, and the averaged direction that led out is forgotten. Else all further students might be lost, too.
  const lost = good.length === 0;
  const theta = lost ? blendTheta(state.theta, state.average, 0.5) : step.theta;
  expectFiniteTheta(
    theta,
    `meta-step ${state.metaStep + 1}`,
    "Start anew with a smaller --meta-rate or --clip; the run keeps the meta-steps before it.",
  );
  const skipped = state.skipped + replies.length - good.length;
  const optimizer = moved?.state ?? forgetMomentum(state.optimizer);
  const next: Checkpoint = {
    metaStep: state.metaStep + 1,
    theta,
    average: lost ? state.average : blendTheta(state.average, theta, meta.averaging),
    optimizer,
    best: state.best,
    skipped,
    lengths: [...state.lengths, ...lengths].slice(-lengthsKept),
    caution: nextCaution(state.caution, lost),
    reach: nextReach(state.reach, lost, replies, {
      steps: config.recipe.steps,
      explosion: meta.explosion,
    }),
  };
  const line: MetaStepMetrics = {
    metaStep: next.metaStep,
    metric: meanOf(good.map((r) => r.metric)),
    devError: meanOf(good.map((r) => r.devError)),
    gradientNorm: gradient ? normOfTheta(gradient) : 0,
    largestCotangent: largestOf(replies),
    cotangents: cotangentProfile(replies),
    phiChange: step.change,
    stepShare: step.share,
    learningRate,
    reach: state.reach,
    students: replies.map(({ status }) => status),
    skipped,
  };
  return { next, line };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Infinity;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
