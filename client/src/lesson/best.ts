import * as tf from "@tensorflow/tfjs-core";
import type { TrainStatistics } from "@lectern/shared/teacher";
import type { Student } from "../student/student.ts";
import type { Emission } from "./observer.ts";

/** A student's best weights so far, in case it diverges later. */
export interface Best {
  /** Takes a copy of the weights if this measurement is better than those before. */
  offer(emission: Emission): void;
  /** Puts the best weights back; gives the step that they are of. */
  restore(): number;
  dispose(): void;
}

/** Compares measurements by dev accuracy, else by training cross-entropy. Moving statistics go with the weights. */
export function createBest(student: Student): Best {
  let kept: Snapshot | undefined;
  let [score, at] = [-Infinity, 0];
  return {
    offer({ step, state }) {
      const value = state.dev?.accuracy ?? -state.train.crossEntropy;
      if (!(value > score)) return;
      kept?.dispose();
      kept = takeSnapshot(student);
      [score, at] = [value, step];
    },
    restore() {
      kept?.restore();
      return at;
    },
    dispose: () => kept?.dispose(),
  };
}

export interface Snapshot {
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
    restore() {
      for (const [i, copy] of copies.entries()) all[i]!.assign(copy);
    },
    dispose: () => tf.dispose(copies),
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
