import type { Dataset } from "../data/index.ts";
import { conditionOf, type Condition } from "./condition.ts";
import { addLabelNoise, confuseLabels, drawSubset, preparePool } from "./distribution.ts";
import { gatherExamples } from "./examples.ts";
import type { Examples } from "./examples.ts";
import type { TaskSpec } from "./spec.ts";
import { splitData } from "./splits.ts";
import type { SplitSizes } from "./splits.ts";

/**
 * All that a task is, as cloneable data over shared memory: send it to a worker thread and call
 * {@link createTask} there.
 */
export interface TaskData {
  readonly spec: TaskSpec;
  readonly train: Dataset;
  /** Null: test examples are held out of `train`. */
  readonly test: Dataset | null;
  /** What a report must say about the data. */
  readonly note: string | null;
}

/** What one student learns from. */
export interface LocalData {
  /** Its own draw from a pool, with noise and imbalance. */
  readonly train: Examples;
  /** Clean, the same for every student. */
  readonly metaDev: Examples;
  /** How `train` was made. */
  readonly condition: Condition;
}

/**
 * What a student is for. "meta" and "validation" (choosing θ) draw from the meta pool, "tuning" and "evaluation" from
 * the evaluation pool, which is disjoint from it.
 */
export type SamplePurpose = "meta" | "validation" | "tuning" | "evaluation";

/** Data from which every student draws its own. */
export interface Task {
  readonly name: string;
  readonly classNames: readonly string[];
  /** Of one example, without the batch: [height, width, channels] for images. */
  readonly inputShape: readonly number[];
  readonly spec: TaskSpec;
  readonly splits: SplitSizes;
  readonly note: string | null;
  /** For worker threads. */
  readonly data: TaskData;
  /**
   * A student's local data: a pure function of the spec, the seed and the pool that the purpose names.
   */
  readonly sample: (seed: number, purpose?: SamplePurpose) => LocalData;
  /** These three are clean, the same for every student, and gathered when first asked for. */
  readonly metaDev: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/**
 * A task from its data.
 *
 * @throws LecternError `invalid-argument` when the data are too few for the spec.
 * @example
 * ```ts
 * const task = createTask(await loadTaskData({ name: "glyphs", labelNoise: 0.4 }));
 * const { train, metaDev } = task.sample(deriveSeed(1, "meta", 0));
 * ```
 */
export function createTask(data: TaskData): Task {
  const { spec, train, test, note } = data;
  const classes = train.classNames.length;
  const splits = splitData(spec, train, test);
  const meta = preparePool(splits.metaPool, train.labels, classes, spec);
  const evaluation = preparePool(splits.evaluationPool, train.labels, classes, spec);
  const pools = { meta, validation: meta, tuning: evaluation, evaluation };
  const metaDev = once(() => gatherExamples(train, splits.metaDev));
  const validation = once(() => gatherExamples(train, splits.validation));
  const testExamples = once(() => gatherExamples(test ?? train, splits.test));
  return {
    name: spec.name,
    classNames: train.classNames,
    inputShape: train.shape,
    spec,
    splits: {
      metaPool: splits.metaPool.length,
      evaluationPool: splits.evaluationPool.length,
      metaDev: splits.metaDev.length,
      validation: splits.validation.length,
      test: splits.test.length,
    },
    note,
    data,
    sample: (seed, purpose = "meta") => {
      const condition = conditionOf(spec, seed, classes);
      const drawn = gatherExamples(train, drawSubset(pools[purpose], condition, seed));
      const confused = confuseLabels(drawn.y, classes, condition.confusion, seed);
      const y = addLabelNoise(confused, classes, condition.labelNoise, seed);
      return { train: { ...drawn, y }, metaDev: metaDev(), condition };
    },
    get metaDev() {
      return metaDev();
    },
    get validation() {
      return validation();
    },
    get test() {
      return testExamples();
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
