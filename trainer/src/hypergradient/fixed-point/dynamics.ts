import type * as tf from "@tensorflow/tfjs-core";
import type { UpdateRule } from "@lectern/client/lesson";
import { LecternError } from "@lectern/shared/errors";
import type { Recipe } from "@lectern/shared/schema";
import { updateAdjoint, type UpdateAdjoint } from "../adjoint.ts";
import { uploadValues, viewValues } from "../host-values.ts";
import { createExactProduct } from "./exact-product.ts";
import { nearestRatio, type Ratio } from "./ratio.ts";

/** Momentum SGD on whole numbers: every step can be taken back bit for bit. */
export interface FixedPoint {
  /** Takes steps of a lesson; its `init` begins anew from the student's weights, rounded to whole units. */
  readonly rule: UpdateRule;
  readonly adjoint: UpdateAdjoint;
  /** ω_t from ω_{t+1}, on the backend: the first half of taking step t back. The caller disposes it. */
  retreat(rate: number): tf.Tensor[];
  /** m_t from m_{t+1}, by ∇_ω L at ω_t: the second half. */
  release(gradients: readonly tf.Tensor[]): void;
  /** ω and m in units of 2⁻³⁸. */
  readonly weights: Float64Array;
  readonly momentum: Float64Array;
  /** Bytes that taking steps back needs at present: both states and the lost bits. */
  readonly bytes: number;
  /** True if all steps were taken back and the momentum is 0 again, as it began. */
  readonly atStart: boolean;
}

/** Units a whole: a float32 between 2⁻¹⁴ and 2¹¹ is a whole number of them. */
const unit = 2 ** 38;

/** Beyond this, whole numbers in doubles might not be exact: the student counts as diverged. |ω|, |m| < 2,048. */
const limit = 2 ** 49;

/**
 * m' = γm + g + λω, ω' = ω − ηm' (Maclaurin et al. 2015, algorithms 1 to 3), γ the nearest fraction n/d with d ≤ 1000.
 * States are whole numbers in doubles; the student sees them rounded to float32.
 * @throws LecternError `unsupported` for other optimizers
 */
export function createFixedPoint({ student, recipe }: { student: Variables; recipe: Recipe }): FixedPoint {
  const { optimizer } = recipe;
  if (optimizer.kind !== "momentum")
    throw new LecternError(
      "unsupported",
      `Steps of ${optimizer.kind} can't be taken back.`,
      "Use the optimizer momentum, or another estimator.",
    );
  const { weightDecay } = optimizer;
  const ratio: Ratio = nearestRatio(optimizer.momentum);
  const shapes = student.variables.map(({ shape }) => shape);
  const sizes = student.variables.map(({ size }) => size);
  const count = sizes.reduce((a, b) => a + b, 0);
  let product = createExactProduct(count, ratio);
  const momentum = new Float64Array(product.padded);
  const weights = new Float64Array(count);
  /** ω as the student sees it. */
  const seen = new Float32Array(count);

  /** Sends ω to the backend. */
  const upload = (): tf.Tensor[] => {
    for (let k = 0; k < count; k++) seen[k] = weights[k]! / unit;
    let end = 0;
    return shapes.map((shape, i) => uploadValues(seen.subarray(end, (end += sizes[i]!)), shape));
  };
  /** m ± (g + λω), ω as the student sees it. */
  const add = (gradients: readonly tf.Tensor[], sign: 1 | -1): void => {
    let start = 0;
    for (const gradient of gradients) {
      const g = viewValues(gradient);
      for (let i = 0; i < g.length; i++) {
        const total = g[i]! + weightDecay * seen[start + i]!;
        momentum[start + i]! += sign * Math.floor(total * unit + 0.5);
      }
      start += g.length;
    }
  };
  /** ω ∓ ηm. */
  const move = (rate: number, sign: 1 | -1): void => {
    for (let k = 0; k < count; k++) weights[k]! -= sign * Math.floor(rate * momentum[k]! + 0.5);
  };
  /** NaN spreads from here into the student's weights, which is how a lesson sees that it diverged. */
  const spoilIfTooLarge = (): void => {
    for (let k = 0; k < count; k++)
      if (!(Math.abs(momentum[k]!) < limit && Math.abs(weights[k]!) < limit)) weights[k] = Number.NaN;
  };

  return {
    adjoint: updateAdjoint({ ...optimizer, momentum: ratio.numerator / ratio.denominator }),
    weights,
    momentum,
    rule: {
      init(variables) {
        product = createExactProduct(count, ratio);
        momentum.fill(0);
        let start = 0;
        for (const variable of variables) {
          const values = viewValues(variable);
          for (let i = 0; i < values.length; i++) weights[start + i] = Math.floor(values[i]! * unit + 0.5);
          start += values.length;
        }
        const rounded = upload();
        for (const [i, variable] of variables.entries()) (variable as tf.Variable).assign(rounded[i]!);
        for (const tensor of rounded) tensor.dispose();
        return [];
      },
      update(_, gradients, __, rate) {
        product.multiply(momentum);
        add(gradients, 1);
        move(rate, 1);
        spoilIfTooLarge();
        return { weights: upload(), slots: [] };
      },
    },
    retreat(rate) {
      move(rate, -1);
      return upload();
    },
    release(gradients) {
      add(gradients, -1);
      product.undo(momentum);
    },
    get bytes() {
      return weights.byteLength + momentum.byteLength + seen.byteLength + product.bytes;
    },
    get atStart() {
      return product.empty && momentum.subarray(0, count).every((m) => m === 0);
    },
  };
}

interface Variables {
  readonly variables: readonly tf.Variable[];
}
