import { tf } from "@lectern/shared/tensorflow";
import { demand } from "@lectern/shared/errors";

/**
 * Notices when model.fit scales the lesson's loss. It multiplies the mean loss by classWeight's weights, which isn't a
 * weighted loss: every example of the batch would be scaled alike, silently. What arrives at the loss in the backward
 * pass shows it: 1 if nothing was scaled.
 */
export interface ScaleCheck {
  /** The loss itself; its gradient passes unchanged. */
  watch(loss: tf.Scalar): tf.Scalar;
  /**
   * Reads what was noticed: where a measurement waits for the backend anyway, and after the first step.
   * @throws LecternError `unsupported` if a loss was scaled
   */
  check(): Promise<void>;
  dispose(): void;
}

export function createScaleCheck(): ScaleCheck {
  const arrived: tf.Tensor[] = [];
  const watched = tf.customGrad((loss) => ({
    value: tf.clone(loss as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      arrived.push(tf.keep(tf.clone(dy)));
      return dy;
    },
  }));
  const dispose = () => tf.dispose(arrived.splice(0));
  return {
    watch: (loss) => watched(loss) as tf.Scalar,
    async check() {
      const values = await Promise.all(arrived.map((dy) => dy.data()));
      dispose();
      demand(
        values.every(([scale]) => scale === 1),
        "unsupported",
        "model.fit scaled the lesson's loss: class weights",
        "Leave classWeight out; teacher.teach takes weights.",
      );
    },
    dispose,
  };
}
