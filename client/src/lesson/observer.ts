import type { MeasurementIntervals } from "@lectern/shared/schema";
import { tf } from "@lectern/shared/tensorflow";
import {
  chance,
  type Coefficients,
  type PlainTensor,
  type StudentState,
  type TrainStatistics,
} from "@lectern/shared/teacher";
import type { Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import { uploadCoefficients, type Guide } from "./guide.ts";
import { devStatistics, summing, trainStatistics } from "./statistics.ts";

/** A measurement as it was recorded: what was seen at a step, and the φ that followed from it. */
export interface Emission {
  readonly step: number;
  readonly state: StudentState;
  readonly phi: Coefficients<PlainTensor>;
}

/**
 * Watches a student through a lesson and holds the φ that is in force. Whatever drives the steps (teach, model.fit,
 * a loop of the user's, meta-training) goes through the same three calls in the same order:
 * `await before(t, dev)` · a step that calls `seen(t, logits, …)` · next t.
 */
export interface Observer {
  /** φ of the current step, on the backend: its tensors change with the next measurement. */
  readonly phi: Record<string, tf.Tensor>;
  readonly emissions: Emission[];
  /** What was taken since the last measurement, for the next to read. */
  readonly window: tf.Tensor1D[];
  /** Measures and emits if step t is due; returns that emission. */
  before(step: number, dev?: Examples): Promise<Emission | undefined>;
  /** Takes a step's logits [n, K] into the training statistics, if the window before the next measurement is open. */
  seen(step: number, logits: tf.Tensor2D, target: tf.Tensor2D, weights?: tf.Tensor1D): void;
  /** Training statistics since the last measurement, if any were taken: how a lesson looks at its end. */
  last(): Promise<TrainStatistics | undefined>;
  dispose(): void;
}

export function createObserver(guide: Guide, student: Student, steps: number): Observer {
  // Without a measurement there is one emission, at step 0.
  const {
    everySteps = Infinity,
    devExamples = 0,
    trainBatches = 0,
  }: Partial<MeasurementIntervals> = guide.measurement ?? {};
  const emissions: Emission[] = [];
  const phi: Record<string, tf.Tensor> = {};
  const window: tf.Tensor1D[] = [];

  const readTrain = async () => {
    if (!window.length) return undefined;
    const sums = await Promise.all(window.map((sum) => sum.data()));
    tf.dispose(window.splice(0));
    return trainStatistics(sums);
  };

  return {
    phi,
    emissions,
    window,
    async before(step, dev) {
      if (step % everySteps) return undefined;
      const state: StudentState = {
        // model.fit may run on after T.
        time: Math.min(1, step / steps),
        train: (await readTrain()) ?? chance(student.classes),
        ...(guide.needsDev && dev && { dev: await devStatistics(student, dev, devExamples) }),
      };
      const emission: Emission = { step, state, phi: guide.emit(state) };
      tf.dispose(phi);
      Object.assign(phi, uploadCoefficients(emission.phi));
      emissions.push(emission);
      return emission;
    },
    seen(step, logits, target, weights) {
      if (everySteps - (step % everySteps) <= trainBatches)
        window.push(tf.keep(summing.batchSums(logits, target, weights)));
    },
    last: readTrain,
    dispose: () => tf.dispose([phi, window.splice(0)]),
  };
}
