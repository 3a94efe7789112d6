import { z } from "zod";
import { architecture, featureSet, measurement, recipe } from "@lectern/shared/schema";
import { backendNames } from "../backend/index.ts";
import { isEstimatorName } from "../hypergradient/index.ts";
import { memoryArchitecture } from "../recurrent/index.ts";
import { taskSpec } from "../task/index.ts";

/** Where θ starts: see `StartingPoint` in @lectern/shared/teacher. */
const start = z.strictObject({
  smoothing: z.number().min(0).lt(1),
  diagonal: z.number(),
  logLinear: z.number(),
  logBounded: z.number(),
  readerSpread: z.number().min(0),
  timeSharpness: z.number().min(0),
});

const meta = z.strictObject({
  /** Meta-steps: updates of θ. */
  steps: z.int().min(1),
  /** Students whose hypergradients are averaged in one meta-step. */
  students: z.int().min(1),
  optimizer: z.enum(["adam", "sgd"]),
  learningRate: z.number().positive(),
  /** Adam's rate on single numbers of W and U, as a share of learningRate: they are many, sensitive and noisy. */
  elementRate: z.number().min(0),
  schedule: z.enum(["constant", "cosine"]),
  /** A student's |dθ|, without frozen blocks, is scaled down to at most this. */
  clip: z.number().positive(),
  /**
   * … and to at most this many times the median of the last students' (AutoClip, Seetharaman et al. 2020): one student
   * at the edge of stability would else fill Adam's moments, and slow or mislead what follows.
   */
  clipFactor: z.number().positive(),
  /**
   * A meta-step's step of θ is shortened until no emission of its students changes by more than this: the largest
   * relative change of a block of φ (trust-region.ts).
   */
  trustRegion: z.number().positive().default(0.5),
  /** Blocks of θ that stay as they start; U by default: then the linear term's smoothing is fixed. */
  frozen: z.array(z.string()),
  /** θ̄ ← δθ̄ + (1 − δ)θ after each meta-step; θ̄ is a candidate for release beside θ. 0 switches averaging off. */
  averaging: z.number().min(0).lt(1),
  /** Candidates meet the validation data after every so many meta-steps, and at the end. */
  validateEvery: z.int().min(1),
  /** Students a candidate is validated with. */
  validationStudents: z.int().min(1),
  /** Growth of |dω_t| on its way back from which on a student counts as past the edge of stability: see explosion.ts. */
  edge: z.number().min(1).default(1e4),
  /**
   * θ goes back to where the meta-dev error was least once every student's is more than this many times that, and 5 %:
   * see setback.ts. A run with one student a meta-step takes a single unlucky one for a setback.
   */
  setback: z.number().min(1).default(1.5),
  /**
   * A hypergradient is given up once |dω_t| exceeds this multiple of |dω_T|; null: never, since exploded hypergradients
   * are weak evidence, but evidence (docs/stability.md).
   */
  explosion: z.number().positive().nullable().default(null),
});

/** Everything that determines a run's bits. It is written to the run folder, and must be the same to resume. */
export const trainConfig = z.strictObject({
  task: taskSpec,
  /** Further tasks, of which students learn in turn: one teacher for all. θ is chosen by the mean over all of them. */
  also: z.array(taskSpec).min(1).optional(),
  student: z.strictObject({ name: z.string(), options: z.record(z.string(), z.number()) }),
  teacher: z.strictObject({
    /** Built in, or the absolute path of a module. */
    family: z.string(),
    architecture: z.union([architecture, memoryArchitecture]),
    featureSet,
    measurement,
    start,
  }),
  recipe,
  metric: z.string(),
  meta,
  /** How dM/dθ is computed: see `estimatorOf`. */
  estimator: z.string().refine(isEstimatorName, "no such estimator"),
  backend: z.enum(backendNames),
  seed: z.int().min(0).max(0x7fffffff),
});

export type TrainConfig = z.infer<typeof trainConfig>;
