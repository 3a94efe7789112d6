import { rateAt } from "@lectern/client/lesson";
import type { Executor } from "../jobs/index.ts";
import type { AnySpec } from "../recurrent/index.ts";
import { deriveSeed } from "../task/index.ts";
import { nextCaution } from "./back-off.ts";
import type { TrainConfig } from "./config.ts";
import { isPastTheEdge } from "./explosion.ts";
import { expectFiniteTheta } from "./finite-theta.ts";
import type { HypergradientReply, TrainJob, TrainJobResult } from "./job.ts";
import { blendTheta, forgetMomentum, normOfTheta, startMeta, updateTheta } from "./meta-optimizer.ts";
import { cotangentProfile, largestOf, meanOf, type CotangentProfile } from "./metrics.ts";
import { meanDirection } from "./mean-direction.ts";
import type { Checkpoint } from "./run-folder.ts";
import { isSetback, nextAnchor } from "./setback.ts";
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
  /** Whether most students' |dω_t| grew as it does past the edge of stability: see explosion.ts. */
  readonly pastTheEdge: boolean;
  /** Whether θ went back to where the meta-dev error was least: see setback.ts. Then `phiChange` and `stepShare` are 0. */
  readonly setback: boolean;
  readonly students: readonly string[];
  /** By student, the lesson's step at which dω, on its way back, first wasn't finite; null where it always was. */
  readonly lostAt: readonly (number | null)[];
  /** Students skipped so far, for a hypergradient that wasn't finite, exploded, or a lesson that diverged. */
  readonly skipped: number;
}

/** The seed of a meta-step's i-th student. */
export const studentSeed = ({ seed, meta }: TrainConfig, metaStep: number, i: number): number =>
  deriveSeed(seed, "meta", metaStep * meta.students + i);

/** One update of θ: see `runMetaTraining`. */
export async function takeMetaStep(
  config: TrainConfig,
  spec: AnySpec,
  state: Checkpoint,
  executor: Executor<TrainJob, TrainJobResult>,
  onStudent?: (done: number, of: number) => void,
): Promise<{ next: Checkpoint; line: MetaStepMetrics }> {
  const { meta } = config;
  const jobs = Array.from({ length: meta.students }, (_, i): TrainJob => {
    const seed = studentSeed(config, state.metaStep, i);
    return { kind: "hypergradient", theta: state.theta, seed, turn: state.metaStep * meta.students + i };
  });
  let done = 0;
  const replies = (await executor.run(jobs, () => onStudent?.(++done, jobs.length))) as HypergradientReply[];
  const good = replies.filter(({ dTheta }) => dTheta);
  const errors = good.map(({ devError }) => devError);
  const pastTheEdge = isPastTheEdge(good, meta.edge);
  const setback = isSetback(state.anchor, state.theta, errors, { factor: meta.setback, pastTheEdge });
  const { gradient, lengths } = meanDirection(good, state.lengths, meta, pastTheEdge);
  // Moments of exploded hypergradients would drown all usual ones for a thousand meta-steps.
  const optimizer = pastTheEdge === state.pastTheEdge ? state.optimizer : startMeta(state.theta);
  const learningRate = state.caution * rateAt(meta.learningRate, meta.schedule, state.metaStep, meta.steps);
  const { optimizer: kind, elementRate, frozen } = meta;
  const moved =
    !setback && gradient
      ? updateTheta(state.theta, gradient, optimizer, { kind, learningRate, elementRate, frozen })
      : undefined;
  const states = good.flatMap((reply) => reply.states);
  const step = moved
    ? trustedStep(spec, states, state.theta, moved.theta, meta.trustRegion)
    : { theta: state.anchor?.theta ?? state.theta, share: 0, change: 0 };
  const { theta } = step;
  expectFiniteTheta(
    theta,
    `meta-step ${state.metaStep + 1}`,
    "Start anew with a smaller --meta-rate or --clip; the run keeps the meta-steps before it.",
  );
  const skipped = state.skipped + replies.length - good.length;
  const next: Checkpoint = {
    metaStep: state.metaStep + 1,
    theta,
    average: setback ? state.average : blendTheta(state.average, theta, meta.averaging),
    // The averaged direction led to the setback. Past the edge, its length says nothing of the next one's either.
    optimizer: moved?.state ?? (pastTheEdge ? startMeta(state.theta) : forgetMomentum(optimizer)),
    best: state.best,
    skipped,
    lengths,
    caution: nextCaution(state.caution, setback && !pastTheEdge),
    pastTheEdge,
    anchor: nextAnchor(state.anchor, state.theta, errors, setback),
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
    pastTheEdge,
    setback,
    students: replies.map(({ status }) => status),
    lostAt: replies.map(({ lostAt }) => lostAt ?? null),
    skipped,
  };
  return { next, line };
}
