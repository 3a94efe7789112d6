import { uniformInt } from "pure-rand/distribution/uniformInt";
import { LecternError } from "@lectern/shared/errors";
import type { Dataset } from "../data/index.ts";
import { createRandom } from "./seeds.ts";
import type { TaskSpec } from "./spec.ts";

/** Disjoint sets of examples: indices into the training data, and for test possibly into data of its own. */
export interface Splits {
  /** Meta-training draws its local training sets from here. */
  readonly metaPool: Int32Array;
  /** Tuning and evaluation draw theirs from here: no student of meta-training saw these. */
  readonly evaluationPool: Int32Array;
  readonly metaDev: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}
export type SplitSizes = Readonly<Record<keyof Splits, number>>;

/** The same for every run, so that a test example of one run is never a training example of another. */
const splitSeed = 20181012;
/** Of what meta-dev, validation (and test) leave, the evaluation pool gets this share: 20,000 of MNIST's 50,000. */
const evaluationShare = 0.4;

/**
 * Cuts the training data, in a fixed random order, into meta-dev, validation, (test where the source has none),
 * evaluation pool and meta pool. A function of the spec and the number of examples alone.
 *
 * @throws LecternError `invalid-argument` when the data are too few for the spec.
 */
export function splitData(spec: TaskSpec, train: Dataset, test: Dataset | null): Splits {
  const heldOut = spec.devExamples + spec.validationExamples + (test ? 0 : spec.testExamples);
  const pool = train.count - heldOut;
  const evaluation = Math.floor(pool * evaluationShare);
  if (evaluation < spec.subset)
    throw new LecternError(
      "invalid-argument",
      `Task ${spec.name} has ${train.count} training examples; after ${heldOut} held out, the evaluation pool has ${Math.max(0, evaluation)}, expected at least the subset of ${spec.subset}.`,
      "Lower subset, devExamples, validationExamples or testExamples, or bring more data.",
    );
  if (test && test.count < spec.testExamples)
    throw new LecternError(
      "invalid-argument",
      `Task ${spec.name} has ${test.count} test examples, expected testExamples = ${spec.testExamples}.`,
      `Pass testExamples of at most ${test.count}.`,
    );
  const order = permutation(train.count);
  let from = 0;
  const take = (count: number) => order.subarray(from, (from += count)).toSorted();
  const metaDev = take(spec.devExamples);
  const validation = take(spec.validationExamples);
  const testIndices = test
    ? Int32Array.from({ length: spec.testExamples }, (_, i) => i)
    : take(spec.testExamples);
  const evaluationPool = take(evaluation);
  return { metaDev, validation, test: testIndices, evaluationPool, metaPool: take(pool - evaluation) };
}

function permutation(count: number): Int32Array {
  const random = createRandom(splitSeed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
