import { LecternError } from "@lectern/shared/errors";
import { decide, plainDecision, type Decision, type Scored } from "./scored.ts";

/** What students are judged by where accuracy isn't what matters: a loss from 0 (best) to 1. */
export interface Measure {
  readonly name: string;
  /** For tables: "test error", "1 − macro-F1". */
  readonly label: string;
  /** Of decisions; 0 … 1. */
  loss(scored: Scored, decision: Decision): number;
  /** The decision that is best on these examples: validation data. */
  tune(scored: Scored): Decision;
}

/**
 * A measure by name.
 * - `error`: share of wrong decisions. The one measure without tuned decisions: the largest logit decides.
 * - `balanced-error`: 1 − mean recall over classes.
 * - `macro-f1`: 1 − mean F1 over classes.
 * - `distance-cost`: mean |decided − right|/(K − 1), for classes that are numbers.
 * - `recall-at-precision:P`: for two classes, 1 − recall of class 1 at the threshold at which its precision on the tuning
 *   examples is at least P.
 *
 * @throws LecternError `invalid-argument`
 */
export function measureOf(name: string): Measure {
  const known = measures[name];
  if (known) return known;
  const match = /^recall-at-precision:(0?\.\d+)$/.exec(name);
  if (match) return recallAtPrecision(Number(match[1]));
  throw new LecternError(
    "invalid-argument",
    `Unknown measure "${name}".`,
    `Choose ${Object.keys(measures).join(", ")}, or recall-at-precision:P with P below 1.`,
  );
}

const error: Measure = {
  name: "error",
  label: "error",
  loss: (scored, decision) => {
    const decided = decide(scored, decision);
    return decided.filter((k, i) => k !== scored.labels[i]).length / decided.length;
  },
  tune: ({ classes }) => plainDecision(classes),
};

const balancedError: Measure = {
  name: "balanced-error",
  label: "1 − mean recall",
  loss: (scored, decision) => {
    const { right, actual } = count(scored, decide(scored, decision));
    return 1 - meanOf(right.map((n, k) => ratio(n, actual[k]!)));
  },
  tune: (scored) => climb(balancedError, scored),
};

const macroF1: Measure = {
  name: "macro-f1",
  label: "1 − macro-F1",
  loss: (scored, decision) => {
    const { right, actual, decided } = count(scored, decide(scored, decision));
    return 1 - meanOf(right.map((n, k) => ratio(2 * n, actual[k]! + decided[k]!)));
  },
  tune: (scored) => climb(macroF1, scored),
};

const distanceCost: Measure = {
  name: "distance-cost",
  label: "mean distance",
  loss: (scored, decision) => {
    const K = scored.classes;
    const decided = decide(scored, decision, distances(K));
    return meanOf(Array.from(decided, (k, i) => Math.abs(k - scored.labels[i]!) / (K - 1)));
  },
  // The expected cost takes the place of offsets: what is left to tune is how far to trust probabilities.
  tune: (scored) => {
    const plain = plainDecision(scored.classes);
    return bestOf(
      distanceCost,
      scored,
      [0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 8].map((sharpness) => ({ offsets: plain.offsets, sharpness })),
    );
  },
};

function recallAtPrecision(precision: number): Measure {
  const measure: Measure = {
    name: `recall-at-precision:${precision}`,
    label: `1 − recall at precision ${precision}`,
    loss: (scored, decision) => {
      const { right, actual } = count(scored, decide(scored, decision));
      return 1 - ratio(right[1]!, actual[1]!);
    },
    tune: (scored) => ({ offsets: [0, lowestThreshold(scored, precision)], sharpness: 1 }),
  };
  return measure;
}

/** The offset of class 1 that lets most examples through while its precision is at least `precision`. */
function lowestThreshold({ logP, labels }: Scored, precision: number): number {
  const odds = Array.from(labels, (label, i) => ({ label, odds: logP[2 * i + 1]! - logP[2 * i]! })).toSorted(
    (a, b) => b.odds - a.odds,
  );
  let [right, cut] = [0, Infinity];
  for (const [i, { label, odds: at }] of odds.entries()) {
    right += label;
    const next = odds[i + 1]?.odds ?? at - 1;
    // Equal scores are let through together or not at all.
    if (next < at && right / (i + 1) >= precision) cut = (at + next) / 2;
  }
  // Nothing is precise enough: then nothing is let through.
  return Number.isFinite(cut) ? -cut : -1e9;
}

const measures: Readonly<Record<string, Measure>> = {
  error,
  "balanced-error": balancedError,
  "macro-f1": macroF1,
  "distance-cost": distanceCost,
};

const steps = Array.from({ length: 13 }, (_, i) => (i - 6) / 2);

/** Coordinate descent over class offsets, coarse then fine; of equal ones the first. */
function climb(measure: Measure, scored: Scored): Decision {
  let best = plainDecision(scored.classes);
  for (const scale of [1, 0.5, 0.2])
    for (let k = 0; k < scored.classes; k++)
      best = bestOf(measure, scored, [best, ...steps.map((step) => shifted(best, k, scale * step))]);
  return best;
}

const shifted = ({ offsets, sharpness }: Decision, k: number, by: number): Decision => ({
  offsets: offsets.map((offset, c) => (c === k ? offset + by : offset)),
  sharpness,
});

function bestOf(measure: Measure, scored: Scored, decisions: readonly Decision[]): Decision {
  const losses = decisions.map((decision) => measure.loss(scored, decision));
  return decisions[losses.indexOf(Math.min(...losses))]!;
}

function count({ labels, classes }: Scored, decided: Int32Array) {
  const zeros = () => Array.from({ length: classes }, () => 0);
  const counts = { right: zeros(), actual: zeros(), decided: zeros() };
  for (const [i, k] of decided.entries()) {
    const label = labels[i]!;
    counts.actual[label]!++;
    counts.decided[k]!++;
    if (k === label) counts.right[k]!++;
  }
  return counts;
}

/** Of a class that is never there and never decided, nothing is wrong: 0/0 counts as 0 all the same (method.md). */
const ratio = (part: number, all: number): number => (all === 0 ? 0 : part / all);
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** |y − k|, [K, K]. */
export const distances = (classes: number): number[] =>
  Array.from({ length: classes * classes }, (_, i) => Math.abs(Math.floor(i / classes) - (i % classes)));
