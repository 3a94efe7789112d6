import { tf } from "@lectern/shared/tensorflow";
import type { TrainStatistics } from "@lectern/shared/teacher";
import type { Student } from "../student/student.ts";
import type { Emission } from "./observer.ts";

/**
 * A student's best weights so far, in case it diverges later. A measurement at step t judges the weights before step
 * t − 1, the last whose logits it saw: those after it may have exploded already.
 */
export interface Best {
  /** The weights that are kept: the best so far, and those that the next measurement will judge. */
  copies(): (BestWeights | undefined)[];
  /** Before each step: keeps the weights if the next step's measurement will judge them. */
  note(step: number): void;
  /** Takes the judged weights if this measurement is better than those before. */
  offer(emission: Emission): void;
  /** Puts the best weights back; gives the step that they are of. */
  restore(): number;
  dispose(): void;
}

interface BestWeights {
  readonly snapshot: Snapshot;
  readonly step: number;
}

/**
 * Compares measurements by dev accuracy, else by training cross-entropy. Moving statistics go with the weights.
 * @param everySteps between measurements; absent: only the first weights are kept
 */
export function createBest(student: Student, everySteps = Infinity): Best {
  let best: BestWeights | undefined;
  let judged: BestWeights | undefined;
  let score = -Infinity;
  const take = (step: number): BestWeights => ({ snapshot: takeSnapshot(student), step });
  return {
    copies: () => [best, judged],
    note(step) {
      if ((step + 1) % everySteps) return;
      judged?.snapshot.dispose();
      judged = take(step);
    },
    offer({ step, state }) {
      const value = state.dev?.accuracy ?? -state.train.crossEntropy;
      if (value > score) {
        best?.snapshot.dispose();
        // No step was taken yet: there is nothing earlier.
        best = judged ?? take(step);
        score = value;
      } else judged?.snapshot.dispose();
      judged = undefined;
    },
    restore() {
      best?.snapshot.restore();
      return best?.step ?? 0;
    },
    dispose() {
      judged?.snapshot.dispose();
      best?.snapshot.dispose();
    },
  };
}

export interface Snapshot {
  /** Trainable weights, then statistics. */
  readonly copies: readonly tf.Tensor[];
  /** Gives the student these weights again. */
  restore(): void;
  dispose(): void;
}

/** A student's weights and moving statistics as they are now. */
export function takeSnapshot(student: Student): Snapshot {
  const all = [...student.variables, ...student.statistics];
  // Assigning to a variable gives it a new tensor, so that a clone keeps the old values without copying them.
  const copies = all.map((v) => tf.keep(tf.clone(v)) as tf.Tensor);
  return {
    copies,
    restore: () => all.forEach((v, i) => v.assign(copies[i]!)),
    dispose: () => tf.dispose(copies as tf.Tensor[]),
  };
}

/** Cross-entropy, in units of chance's log K, beyond which a student has diverged though its numbers are finite. */
const hopeless = 100;

/** True for statistics that no student that still learns has: NaN, or an absurd cross-entropy. */
export function hasDiverged(train: TrainStatistics, classes: number): boolean {
  return !(train.crossEntropy <= hopeless * Math.log(classes));
}

/** True if every weight of the student is a finite number. */
export async function isFinite(student: Student): Promise<boolean> {
  const finite = tf.tidy(() => tf.all(tf.stack(student.variables.map((v) => tf.all(tf.isFinite(v))))));
  const value = (await finite.data())[0];
  finite.dispose();
  return Boolean(value);
}
