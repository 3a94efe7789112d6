import { teacherGuide, type TeacherNetwork } from "@lectern/client/lesson";
import { stateVector } from "@lectern/shared/teacher";
import { estimatorOf, type Metric } from "../hypergradient/index.ts";
import { deriveSeed } from "../task/index.ts";
import { clipTheta, startMeta, updateTheta, type ThetaValues } from "../train/meta-optimizer.ts";
import { padPairs } from "./data/buckets.ts";
import { openTranslationLesson, type TranslationLessonOptions } from "./lesson.ts";
import type { TranslationTask } from "./task.ts";

export interface MetaTrainingOptions extends Pick<TranslationLessonOptions, "network" | "recipe"> {
  readonly metric: Metric;
  /** `store`, `truncated:K`, …: see `estimatorOf`. */
  readonly estimator: string;
  /** Updates of θ, one student each. */
  readonly metaSteps: number;
  /** Of Adam on θ; it falls to 0 along a cosine. */
  readonly learningRate: number;
  /** Rate of single numbers of A and B, as a share of `learningRate`. */
  readonly elementRate: number;
  readonly seed: number;
  /** After each update: θ, M of the student that it learned from, and |dθ| wasn't finite or the student diverged. */
  onMetaStep?(info: {
    readonly metaStep: number;
    readonly theta: ThetaValues;
    readonly metric: number;
    readonly status: string;
  }): void | Promise<void>;
}

/** A student's |dθ| counts at most this; Adam takes any length alike, so that this only holds off explosions. */
const clip = 1;

/**
 * Meta-trains a teacher of translators in this thread: each meta-step teaches a fresh one on the meta pool, differentiates
 * the dev metric by what the teacher said, and moves θ by Adam. A student whose hypergradient can't be had moves nothing.
 *
 * @returns θ after the last meta-step
 */
export async function trainTranslationTeacher(
  task: TranslationTask,
  teacher: TeacherNetwork,
  options: MetaTrainingOptions,
): Promise<ThetaValues> {
  const { network, recipe, metric, metaSteps, seed } = options;
  const { spec, features } = teacher;
  const metaDev = padPairs(task.metaDev, task.longest, network.vocabulary);
  let theta: ThetaValues = teacher.theta;
  let state = startMeta(theta);
  try {
    for (let metaStep = 0; metaStep < metaSteps; metaStep++) {
      const lesson = openTranslationLesson({
        network,
        recipe,
        pairs: task.pools.meta,
        seed: deriveSeed(seed, "meta", metaStep),
      });
      const { dTheta, ...result } = await estimatorOf(options.estimator)
        .estimate({
          ...lesson,
          spec,
          theta,
          guide: teacherGuide({ ...teacher, theta }),
          stateOf: (emission) => stateVector(features, emission.state),
          metaDev,
          metric,
        })
        .finally(() => lesson.dispose());
      if (dTheta) {
        const learningRate = (options.learningRate * (1 + Math.cos((Math.PI * metaStep) / metaSteps))) / 2;
        ({ theta, state } = updateTheta(theta, clipTheta(dTheta, clip), state, {
          kind: "adam",
          learningRate,
          elementRate: options.elementRate,
          frozen: [],
        }));
      }
      await options.onMetaStep?.({ metaStep, theta, metric: result.metric, status: result.status });
    }
  } finally {
    metaDev.dispose();
  }
  return theta;
}
