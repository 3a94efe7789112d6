import type { Recipe } from "@lectern/shared/schema";
import type { Batches, Emission, Examples, Guide, Student } from "@lectern/client/lesson";
import type { PlainTensor, TeacherSpec } from "@lectern/shared/teacher";
import type { Metric } from "./metric.ts";

/** One lesson to differentiate: everything that a hypergradient is a function of. */
export interface HypergradientProblem {
  readonly student: Student;
  readonly spec: TeacherSpec;
  readonly theta: Readonly<Record<string, PlainTensor>>;
  /** The teacher as the lesson sees it, made of this θ. */
  readonly guide: Guide;
  /** s as a vector [D]: a constant for differentiation. */
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
  /** Give up once |dω_t| exceeds this multiple of |dω_T|: far beyond use, and on the way to infinity. Default 1e6. */
  readonly explosion?: number;
  /** Of what is random in an estimator: perturbations of `pes`. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/**
 * What came out. A diverged student or a hypergradient that isn't finite is a result that the caller skips and counts;
 * so is `kinked`: central differences that didn't settle.
 */
export interface HypergradientResult {
  readonly status: "ok" | "diverged" | "non-finite" | "exploded" | "kinked" | "aborted";
  /** M(f_{ω_T}); NaN if the lesson diverged. */
  readonly metric: number;
  /** Share of the meta-dev examples that the student gets wrong, 0 … 1. */
  readonly devError: number;
  /** dM/dθ by name, shapes of θ; only for status `ok`. */
  readonly dTheta?: Readonly<Record<string, PlainTensor>>;
  /** dM/dω₀, in the order of the student's variables; only for status `ok`, and from estimators that reach ω₀. */
  readonly dWeights?: readonly PlainTensor[];
  /** |dω_t| at each emission's first step and at T, from T down; empty for estimators that don't go backwards. */
  readonly norms: readonly { readonly step: number; readonly norm: number }[];
  readonly emissions: readonly Emission[];
}
