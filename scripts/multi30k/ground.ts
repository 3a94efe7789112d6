import {
  fixedGuide,
  teacherGuide,
  type Guide,
  type Student,
  type TeacherNetwork,
} from "@lectern/client/lesson";
import type { Recipe } from "@lectern/shared/schema";
import {
  featuresOf,
  initialTheta,
  lowRank,
  registerFamily,
  registerFurtherFamilies,
} from "@lectern/shared/teacher";
import { measureMetric } from "../../trainer/src/hypergradient/metric.ts";
import type { ThetaValues } from "../../trainer/src/train/meta-optimizer.ts";
import {
  corpusBleu,
  openTranslationLesson,
  openTranslationTask,
  padPairs,
  teachTranslator,
  transformer,
  translationMetrics,
  translationRivals,
  type Corpus,
  type Network,
  type TranslationTask,
} from "../../trainer/src/translation/index.ts";

/** The budget: everything that a lesson costs is the same for every loss. */
export const budget = {
  vocabularySize: 1500,
  longest: 18,
  devPairs: 256,
  batchSize: 32,
  /** T. */
  steps: 250,
  /** The first sentences of the validation split, by which rates, parameters and θ are chosen. */
  validationSentences: 400,
  /** θ meets the validation sentences after every so many meta-steps, with so many students. */
  validateEvery: 4,
  validationStudents: 2,
  /** M: see docs/translation.md for the others. */
  metric: "token-margin:1",
  estimator: "truncated:80",
  elementRate: 0.2,
  keys: 2,
  everySteps: 25,
  /** Paired seeds of the evaluation. */
  seeds: 3,
  beam: 4,
  lengthPenalty: 0.6,
} as const;

/** Of each family: updates of θ, and Adam's rate. `invariant` has a hundredth of the numbers. */
export const searches = {
  "low-rank": { metaSteps: 8, metaRate: 0.06 },
  invariant: { metaSteps: 4, metaRate: 0.1 },
} as const;
export type Family = keyof typeof searches;

export interface Ground {
  /** The teacher's. */
  readonly family: Family;
  readonly task: TranslationTask;
  readonly network: Network;
  readonly validation: Pick<Corpus, "source" | "target">;
}

export async function openMulti30k(family: Family, dataDir: string | undefined): Promise<Ground> {
  const { vocabularySize, longest, devPairs, validationSentences } = budget;
  const task = await openTranslationTask({
    corpus: "multi30k",
    vocabularySize,
    longest,
    devPairs,
    dataDir,
  });
  return {
    family,
    task,
    network: transformer(task.vocabulary.size),
    validation: {
      source: task.validation.source.slice(0, validationSentences),
      target: task.validation.target.slice(0, validationSentences),
    },
  };
}

/** Adam's ε is 10⁻⁴: with less the hypergradient is lost in words whose gradients are tiny (docs/translation.md). */
export const recipeAt = (learningRate: number): Recipe => ({
  optimizer: { kind: "adam", learningRate, weightDecay: 0, beta1: 0.9, beta2: 0.98, epsilon: 1e-4 },
  schedule: "cosine",
  batchSize: budget.batchSize,
  steps: budget.steps,
});

export interface Contender {
  readonly loss: string;
  readonly value: number;
  readonly learningRate: number;
}

export const guideOf = ({ loss, value }: Contender): Guide =>
  translationRivals[loss]?.guide(value) ?? fixedGuide("cross-entropy");

/** What a teacher starts as: label smoothing by ε, the same all the time or fading to 0. */
export interface TeacherStart {
  readonly smoothing: number;
  readonly fades: boolean;
}

/** A teacher that starts near the given smoothing, with a weak bounded term beside. */
export function teacherAt(
  { family, network }: Ground,
  start: TeacherStart,
  theta?: ThetaValues,
): TeacherNetwork {
  // Two keys over time mix to about 2ε(1 − t/T) if the first says 5/3 ε and the last nothing.
  const smoothing = start.fades ? (5 / 3) * start.smoothing : start.smoothing;
  const logBounded = -2;
  registerFamily("low-rank", lowRank({ rank: 2, smoothing, logBounded }));
  registerFurtherFamilies();
  const features = featuresOf("no-dev", network.vocabulary);
  const spec = {
    family,
    architecture: { kind: "attention", keys: budget.keys },
    classes: network.vocabulary,
    features: features.length,
  } as const;
  const point = { smoothing, logBounded, logLinear: 0, diagonal: 1, readerSpread: 0.05, timeSharpness: 3 };
  const initial = initialTheta(spec, 1, point);
  return {
    spec,
    features,
    theta: theta ?? (start.fades ? faded(family, initial) : initial),
    measurement: { everySteps: budget.everySteps, devExamples: 0, trainBatches: 5 },
  };
}

/** The last key smooths no more: of `low-rank` B and log a are 0, of `invariant` ε. */
function faded(family: Family, theta: ThetaValues): ThetaValues {
  const without = (name: string, isOff: (place: number, size: number) => boolean) => {
    const { shape, data } = theta[name]!;
    return { [name]: { shape, data: data.map((v, i, all) => (isOff(i, all.length) ? 0 : v)) } };
  };
  return family === "invariant"
    ? { ...theta, ...without("c", (i) => i === 7) }
    : { ...theta, ...without("B", (i, size) => 2 * i >= size), ...without("c", (i) => i === 3) };
}

export const guideOfTeacher = (teacher: TeacherNetwork): Guide => teacherGuide(teacher);

/** What one student came to. */
export interface Outcome {
  readonly bleu: number;
  readonly brevityPenalty: number;
  readonly status: string;
  /** Dev metrics by name, on the meta-dev pairs; only where asked for. */
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface StudentOptions {
  readonly guide: Guide;
  readonly learningRate: number;
  readonly pool: "meta" | "evaluation";
  readonly seed: number;
  readonly on: Pick<Corpus, "source" | "target">;
  readonly withMetrics?: boolean;
}

/** Teaches one student and has it translate. */
export async function runStudent(
  ground: Ground,
  { guide, learningRate, pool, seed, on, withMetrics = false }: StudentOptions,
): Promise<Outcome> {
  const { task, network } = ground;
  const lesson = openTranslationLesson({
    network,
    recipe: recipeAt(learningRate),
    pairs: task.pools[pool],
    seed,
  });
  try {
    const { status } = await teachTranslator(lesson, guide);
    const { beam, lengthPenalty } = budget;
    const { score, brevityPenalty } = await corpusBleu(lesson.translator, task.vocabulary, on, {
      beam,
      lengthPenalty,
    });
    const outcome = { bleu: score, brevityPenalty, status };
    return withMetrics ? { ...outcome, metrics: await measureMetrics(ground, lesson.student) } : outcome;
  } finally {
    lesson.dispose();
  }
}

/** Every dev metric on the meta-dev pairs. */
export async function measureMetrics(
  { task, network }: Ground,
  student: Student,
): Promise<Record<string, number>> {
  const dev = padPairs(task.metaDev, task.longest, network.vocabulary);
  const metrics: Record<string, number> = {};
  for (const metric of translationMetrics) metrics[metric.name] = await measureMetric(metric, student, dev);
  dev.dispose();
  return metrics;
}
