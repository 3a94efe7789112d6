import type { Executor } from "../jobs/index.ts";
import type { TrainConfig } from "./config.ts";
import { growthOf, isPastTheEdge } from "./explosion.ts";
import type { HypergradientReply, TrainJob, TrainJobResult } from "./job.ts";
import {
  clipTheta,
  normOfTheta,
  startMeta,
  thawed,
  updateTheta,
  type ThetaValues,
} from "./meta-optimizer.ts";
import { studentSeed } from "./meta-step.ts";
import { meanOf } from "./metrics.ts";

/** What a hypergradient says of θ a little further along its own direction. Means over the students usable there. */
export interface ProbePoint {
  /** Distance |θ′ − θ| in units of what the run's first meta-step moves along the hypergradient. */
  readonly metaSteps: number;
  readonly distance: number;
  /** Students whose hypergradient was usable at both ends. */
  readonly usable: number;
  /** cos(g(θ′), g(θ)); null without a usable student, as all that follows. */
  readonly cosine: number | null;
  /** |g(θ′) − g(θ)| / |g(θ)|. */
  readonly relativeChange: number | null;
  /** What g(θ) promises: −distance·|g|. */
  readonly predicted: number | null;
  /** M(θ′) − M(θ), same students. */
  readonly measured: number | null;
}

export interface Probe {
  /** How each student ended at θ itself. */
  readonly students: readonly string[];
  /** Mean |dM/dθ|. */
  readonly gradientNorm: number | null;
  /** Largest |dω_t| over |dω_T|: how much reverse mode amplifies. */
  readonly growth: number | null;
  readonly points: readonly ProbePoint[];
  /**
   * `smooth`: over a meta-step's length the direction stays. `bumpy`: it is half forgotten. `rough`: it is turned over,
   * M rises by a quarter of what it should fall, or most students are lost there. `lost`: most students, or all, were past the edge of stability (`meta.edge`) or
   * unusable. The bounds are rules of thumb.
   */
  readonly verdict: "smooth" | "bumpy" | "rough" | "lost";
}

export interface ProbeOptions {
  readonly students: number;
  /** Distances to look at, in units of the run's first meta-step; the one nearest 1 judges. */
  readonly metaSteps: readonly number[];
}

/** From this cosine on, a meta-step's distance away, hypergradients count as saying the same. */
const smoothFrom = 0.5;

/**
 * Metasmoothness: how dM/dθ varies along its own direction (after Engstrom et al. 2025, "Optimizing ML training with
 * metagradient descent", who tie what metagradients are worth to it). Each student, with its seed fixed, is taught at θ
 * and at θ − h·g/|g|, g being its own hypergradient without frozen blocks; h is in units of the run's first meta-step.
 * A pure function of its arguments. Costs students · (1 + distances) hypergradients.
 */
export async function probeMetasmoothness(
  config: TrainConfig,
  theta: ThetaValues,
  executor: Executor<TrainJob, TrainJobResult>,
  { students, metaSteps }: ProbeOptions,
): Promise<Probe> {
  const job = (at: ThetaValues, i: number): TrainJob => {
    return { kind: "hypergradient", theta: at, seed: studentSeed(config, 0, i), turn: i };
  };
  const here = (await executor.run(
    Array.from({ length: students }, (_, i) => job(theta, i)),
  )) as HypergradientReply[];
  const known = here.flatMap((reply, i) =>
    reply.status === "ok" && reply.dTheta && normOfTheta(reply.dTheta) > 0
      ? [{ i, metric: reply.metric, gradient: thawed(reply.dTheta, config.meta.frozen) }]
      : [],
  );
  const unit = known.map(({ gradient }) => stepLength(config, theta, gradient));
  const jobs = metaSteps.flatMap((h) =>
    known.map(({ i, gradient }, k) => job(along(theta, gradient, -h * unit[k]!), i)),
  );
  const there = (await executor.run(jobs)) as HypergradientReply[];
  const points = metaSteps.map((h, p): ProbePoint => {
    const pairs = known.flatMap(({ metric, gradient }, k) => {
      const reply = there[p * known.length + k]!;
      if (reply.status !== "ok" || !reply.dTheta) return [];
      const next = thawed(reply.dTheta, config.meta.frozen);
      const size = normOfTheta(gradient);
      return [
        {
          cosine: dot(gradient, next) / (size * normOfTheta(next)),
          relativeChange: normOfTheta(along(next, gradient, -size)) / size,
          predicted: -h * unit[k]! * size,
          measured: reply.metric - metric,
        },
      ];
    });
    const mean = (name: keyof (typeof pairs)[number]) => meanOf(pairs.map((pair) => pair[name]));
    return {
      metaSteps: h,
      distance: h * (meanOf(unit) ?? 0),
      usable: pairs.length,
      cosine: mean("cosine"),
      relativeChange: mean("relativeChange"),
      predicted: mean("predicted"),
      measured: mean("measured"),
    };
  });
  return {
    students: here.map(({ status }) => status),
    gradientNorm: meanOf(known.map(({ gradient }) => normOfTheta(gradient))),
    growth: largestGrowth(here),
    points,
    verdict: isPastTheEdge(here, config.meta.edge) ? "lost" : verdictOf(known.length, points),
  };
}

function verdictOf(known: number, points: readonly ProbePoint[]): Probe["verdict"] {
  if (known === 0) return "lost";
  const judge = points.toSorted(
    (a, b) => Math.abs(Math.log(a.metaSteps)) - Math.abs(Math.log(b.metaSteps)),
  )[0]!;
  if (judge.cosine === null || 2 * judge.usable <= known) return "rough";
  if (judge.cosine < 0 || judge.measured! > -judge.predicted! / 4) return "rough";
  return judge.cosine >= smoothFrom ? "smooth" : "bumpy";
}

/** How far the first meta-step would move θ along this gradient, were it the only one: Adam's steps go elsewhere, too. */
function stepLength({ meta }: TrainConfig, theta: ThetaValues, gradient: ThetaValues): number {
  const { optimizer: kind, learningRate, elementRate, frozen } = meta;
  const update = { kind, learningRate, elementRate, frozen };
  const next = updateTheta(theta, clipTheta(gradient, meta.clip), startMeta(theta), update).theta;
  return -dot(difference(next, theta), gradient) / normOfTheta(gradient);
}

/** a + length·b/|b|. */
const along = (a: ThetaValues, b: ThetaValues, length: number): ThetaValues => {
  const scale = length / normOfTheta(b);
  return zip(a, b, (v, w) => v + scale * w);
};

const difference = (a: ThetaValues, b: ThetaValues): ThetaValues => zip(a, b, (v, w) => v - w);

const zip = (a: ThetaValues, b: ThetaValues, f: (v: number, w: number) => number): ThetaValues =>
  Object.fromEntries(
    Object.entries(a).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (v, i) => f(v, b[name]!.data[i]!)) },
    ]),
  );

function dot(a: ThetaValues, b: ThetaValues): number {
  let sum = 0;
  for (const [name, { data }] of Object.entries(a))
    for (const [i, v] of data.entries()) sum += v * b[name]!.data[i]!;
  return sum;
}

function largestGrowth(replies: readonly HypergradientReply[]): number | null {
  const largest = Math.max(...replies.flatMap((reply) => growthOf(reply) ?? []));
  return Number.isFinite(largest) ? largest : null;
}
