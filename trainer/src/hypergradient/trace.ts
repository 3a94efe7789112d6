import * as tf from "@tensorflow/tfjs-core";

/** ω_t and the optimizer's slots before each step of a lesson. */
export interface Trace {
  push(weights: readonly tf.Tensor[], slots: readonly (readonly tf.Tensor[])[]): void;
  /** Puts step t's values on the backend; the caller disposes them. */
  at(step: number): { weights: tf.Tensor[]; slots: tf.Tensor[][] };
  readonly length: number;
  dispose(): void;
}

type Stored = { readonly shape: number[]; readonly data: Float32Array };

/**
 * All of it in the process's memory: T·|ω| floats (with momentum or Adam, slots only if the adjoint reads them). On
 * backends whose tensors live in the process anyway the values are copied out, so that the WebAssembly heap (2 GiB)
 * doesn't bound T; on a GPU they stay where they are, since reading back would stall it.
 */
export function createTrace({ withSlots }: { withSlots: boolean }): Trace {
  const onHost = tf.getBackend() === "wasm" || tf.getBackend() === "cpu";
  return onHost ? hostTrace(withSlots) : deviceTrace(withSlots);
}

function hostTrace(withSlots: boolean): Trace {
  const steps: { weights: Stored[]; slots: Stored[][] }[] = [];
  const store = (t: tf.Tensor): Stored => ({ shape: t.shape, data: (t.dataSync() as Float32Array).slice() });
  const load = ({ data, shape }: Stored): tf.Tensor => tf.tensor(data, shape);
  return {
    push(weights, slots) {
      steps.push({
        weights: weights.map(store),
        slots: withSlots ? slots.map((slot) => slot.map(store)) : [],
      });
    },
    at(step) {
      const { weights, slots } = steps[step]!;
      return { weights: weights.map(load), slots: slots.map((slot) => slot.map(load)) };
    },
    get length() {
      return steps.length;
    },
    dispose: () => void steps.splice(0),
  };
}

function deviceTrace(withSlots: boolean): Trace {
  const steps: { weights: tf.Tensor[]; slots: tf.Tensor[][] }[] = [];
  // A clone shares its data: a variable that is assigned anew leaves it alone.
  const hold = (t: tf.Tensor): tf.Tensor => tf.keep(tf.clone(t));
  return {
    push(weights, slots) {
      steps.push({ weights: weights.map(hold), slots: withSlots ? slots.map((slot) => slot.map(hold)) : [] });
    },
    at(step) {
      const { weights, slots } = steps[step]!;
      return {
        weights: weights.map((t) => tf.clone(t)),
        slots: slots.map((slot) => slot.map((t) => tf.clone(t))),
      };
    },
    get length() {
      return steps.length;
    },
    dispose: () => tf.dispose(steps.splice(0)),
  };
}
