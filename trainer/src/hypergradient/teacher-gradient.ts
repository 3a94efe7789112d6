import type * as tf from "@tensorflow/tfjs-core";
import type { PlainTensor } from "@lectern/shared/teacher";
import { pullEmission } from "../dual/index.ts";
import type { AnySpec } from "../recurrent/index.ts";
import { isHostBackend, viewValues } from "./host-values.ts";

/** dθ by name, in float64, summed over emissions. */
export interface ThetaGradient {
  /** Adds (∂μ_θ(s)/∂θ)ᵀ dφ of one emission, times 2^exponent. */
  add(state: Float64Array, dPhi: Readonly<Record<string, tf.Tensor>>, exponent?: number): Promise<void>;
  /** dθ divided by 2^log2Scale. */
  readonly total: Readonly<Record<string, PlainTensor>>;
  /** 0 while `exponent` stays below 256: float64 has room for that. */
  readonly log2Scale: number;
  readonly isFinite: boolean;
}

/** Exponents that float64 takes beside float32's own, squares included. */
const room = 256;

export function createThetaGradient(
  spec: AnySpec,
  theta: Readonly<Record<string, PlainTensor>>,
): ThetaGradient {
  const total = Object.fromEntries(
    Object.entries(theta).map(([name, { shape, data }]) => [
      name,
      { shape, data: new Float64Array(data.length) },
    ]),
  );
  let log2Scale = 0;
  return {
    async add(state, dPhi, exponent = 0) {
      if (exponent - log2Scale >= room) {
        for (const { data } of Object.values(total))
          for (const i of data.keys()) data[i]! *= 2 ** (log2Scale - exponent);
        log2Scale = exponent;
      }
      const scale = 2 ** (exponent - log2Scale);
      const pulled = pullEmission(spec, theta, state, await readAll(dPhi));
      for (const [name, { data }] of Object.entries(total))
        for (const [i, value] of pulled[name]!.entries()) data[i]! += value * scale;
    },
    total,
    get log2Scale() {
      return log2Scale;
    },
    get isFinite() {
      return Object.values(total).every(({ data }) => data.every(Number.isFinite));
    },
  };
}

async function readAll(
  tensors: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, ArrayLike<number>>> {
  const read = (t: tf.Tensor) => (isHostBackend() ? viewValues(t) : t.data());
  // Asked for at once, so that a GPU is waited for once.
  const values = await Promise.all(Object.values(tensors).map(read));
  return Object.fromEntries(Object.keys(tensors).map((name, i) => [name, values[i]!]));
}
