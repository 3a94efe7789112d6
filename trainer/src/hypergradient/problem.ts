import type { Recipe } from "@lectern/shared/schema";
import type { Batches, Emission, Examples, Guide, Student } from "@lectern/client/lesson";
import type { PlainTensor } from "@lectern/shared/teacher";
import type { AnySpec } from "../recurrent/index.ts";
import type { Metric } from "./metric.ts";

/** One lesson to differentiate: everything that a hypergradient is a function of. */
export interface HypergradientProblem {
  readonly student: Student;
  readonly spec: AnySpec;
  readonly theta: Readonly<Record<string, PlainTensor>>;
  /** The teacher as the lesson sees it, made of this θ. */
  readonly guide: Guide;
  /** s as a vector [D], or with a memory s of all measurements so far [n·D]: constants for differentiation. */
  stateOf(emission: Emission): Float64Array;
  readonly train: Examples;
  readonly batches: Batches;
  /** What the student's state is measured on. */
  readonly dev?: Examples;
  /** What M is measured on. */
  readonly metaDev: Examples;
  readonly metric: Metric;
  readonly recipe: Recipe;
}

export interface HypergradientOptions {
  /** Give up once |dω_t| exceeds this multiple of |dω_T|. Default: never; dω is rescaled before it overflows. */
  readonly explosion?: number;
  /** Of what is random in an estimator: perturbations of `pes`. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/**
 * What came out. A diverged student or a hypergradient that isn't finite is a result that the caller skips and counts;
 * so is `kinked`: central differences that didn't settle. `cut`: dω wasn't finite from `lostAt` back, and dθ is of the
 * steps after it: truncated, so biased.
 */
export interface HypergradientResult {
  readonly status: "ok" | "diverged" | "non-finite" | "cut" | "exploded" | "kinked" | "aborted";
  /** M(f_{ω_T}); NaN if the lesson diverged. */
  readonly metric: number;
  /** Share of the meta-dev examples that the student gets wrong, 0 … 1. */
  readonly devError: number;
  /** dM/dθ by name, shapes of θ, divided by 2^log2Scale; only for status `ok` and `cut`. */
  readonly dTheta?: Readonly<Record<string, PlainTensor>>;
  /** 0 (or left out) but for hypergradients beyond 2^256, of which float64 couldn't add the squares. */
  readonly log2Scale?: number;
  /** The lesson's step t at which, on the way back, dω_t first wasn't finite. Off the host, the stretch's first step. */
  readonly lostAt?: number;
  /**
   * dM/dω₀, in the order of the student's variables; only for status `ok`, and from estimators that reach ω₀. Left out
   * where it has exploded beyond 2^30.
   */
  readonly dWeights?: readonly PlainTensor[];
  /** |dω_t| at each emission's first step and at T, from T down; empty for estimators that don't go backwards. */
  readonly norms: readonly { readonly step: number; readonly norm: number }[];
  readonly emissions: readonly Emission[];
}
