import * as tf from "@tensorflow/tfjs-core";
import { isHostBackend, uploadValues, viewValues } from "./host-values.ts";
import type { Moment } from "./history.ts";

/** Moments of a lesson, by step. */
export interface Snapshots {
  readonly count: number;
  has(step: number): boolean;
  put(step: number, weights: readonly tf.Tensor[], slots: readonly (readonly tf.Tensor[])[]): void;
  /** On the backend; the caller disposes it. */
  get(step: number): Moment;
  /** Frees the step's place for another. */
  drop(step: number): void;
  dispose(): void;
}

/**
 * On backends whose tensors live in the process anyway the numbers are copied out into one plain array a moment, so that
 * the WebAssembly heap (2 GiB, never given back) doesn't bound T; places are used again. On a GPU they stay where they
 * are, since reading back would stall it.
 */
export const createSnapshots = (): Snapshots => (isHostBackend() ? hostSnapshots() : deviceSnapshots());

function hostSnapshots(): Snapshots {
  const taken = new Map<number, Float32Array>();
  const free: Float32Array[] = [];
  let weightShapes: number[][] = [];
  let slotCount = 0;
  const read = (values: Float32Array, start: number): { tensors: tf.Tensor[]; end: number } => {
    let end = start;
    const tensors = weightShapes.map((shape) => {
      const from = end;
      end += tf.util.sizeFromShape(shape);
      return uploadValues(values.subarray(from, end), shape);
    });
    return { tensors, end };
  };
  return {
    get count() {
      return taken.size;
    },
    has: (step) => taken.has(step),
    put(step, weights, slots) {
      weightShapes = weights.map(({ shape }) => shape);
      slotCount = slots.length;
      const tensors = [...weights, ...slots.flat()];
      const place = free.pop() ?? new Float32Array(tensors.reduce((sum, { size }) => sum + size, 0));
      let end = 0;
      for (const tensor of tensors) {
        place.set(viewValues(tensor), end);
        end += tensor.size;
      }
      taken.set(step, place);
    },
    get(step) {
      const values = taken.get(step)!;
      const weights = read(values, 0);
      let { end } = weights;
      const slots = Array.from({ length: slotCount }, () => {
        const slot = read(values, end);
        end = slot.end;
        return slot.tensors;
      });
      return { weights: weights.tensors, slots };
    },
    drop(step) {
      const place = taken.get(step);
      if (place) free.push(place);
      taken.delete(step);
    },
    dispose() {
      taken.clear();
      free.length = 0;
    },
  };
}

function deviceSnapshots(): Snapshots {
  const taken = new Map<number, Moment>();
  const clones = (tensors: readonly tf.Tensor[]): tf.Tensor[] => tensors.map((t) => tf.clone(t));
  // A clone shares its data: a variable that is assigned anew leaves it alone.
  const hold = (tensors: readonly tf.Tensor[]): tf.Tensor[] => clones(tensors).map((t) => tf.keep(t));
  return {
    get count() {
      return taken.size;
    },
    has: (step) => taken.has(step),
    put: (step, weights, slots) => void taken.set(step, { weights: hold(weights), slots: slots.map(hold) }),
    get(step) {
      const { weights, slots } = taken.get(step)!;
      return { weights: clones(weights), slots: slots.map(clones) };
    },
    drop(step) {
      const { weights = [], slots = [] } = taken.get(step) ?? {};
      tf.dispose([...weights, ...slots.flat()]);
      taken.delete(step);
    },
    dispose() {
      for (const { weights, slots } of taken.values()) tf.dispose([...weights, ...slots.flat()]);
      taken.clear();
    },
  };
}
