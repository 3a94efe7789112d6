import { tf } from "@lectern/shared/tensorflow";
import { demand } from "@lectern/shared/errors";

/**
 * Notices when model.fit scales the lesson's loss. It multiplies the mean loss by classWeight's weights, which isn't a
 * weighted loss: every example of the batch would be scaled alike, silently. What arrives at the loss in the backward
 * pass shows it: 1 if nothing was scaled.
 */
export interface ScaleCheck {
  /** From now on; loops of one's own may scale as they like. */
  enable(): void;
  /** The loss itself; its gradient passes unchanged. */
  watch(loss: tf.Scalar): tf.Scalar;
  /**
   * Reads what was noticed, where a measurement waits for the backend anyway, and after the first step.
   * @throws LecternError `unsupported` if a loss was scaled
   */
  check(step: number, everySteps: number): Promise<void>;
  dispose(): void;
}

export function createScaleCheck(): ScaleCheck {
  let enabled = false;
  let arrived: tf.Tensor[] = [];
  const free = () => {
    tf.dispose(arrived);
    arrived = [];
  };
  const watched = tf.customGrad((loss) => ({
    value: tf.clone(loss as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      arrived.push(tf.keep(tf.clone(dy)));
      return dy;
    },
  }));
  return {
    enable() {
      enabled = true;
    },
    watch: (loss) => (enabled ? (watched(loss) as tf.Scalar) : loss),
    async check(step, everySteps) {
      if (arrived.length === 0 || (step !== 1 && step % everySteps !== 0)) return;
      const values = await Promise.all(arrived.map((dy) => dy.data()));
      free();
      demand(
        values.every(([scale]) => scale === 1),
        "unsupported",
        "model.fit scaled the lesson's loss: class weights",
        "Leave classWeight out; teacher.teach takes weights.",
      );
    },
    dispose() {
      enabled = false;
      free();
    },
  };
}
