import {
  familyOf,
  fixedLosses,
  plainAlgebra,
  type FixedLossName,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { mean } from "../statistics/index.ts";
import type { ContenderResult, TeacherTrace } from "../evaluate/index.ts";

const host = plainAlgebra(Float64Array);

/** Losses [n] of logits [n, K] under targets [n, K]. */
type Losses = (logits: PlainTensor, target: PlainTensor) => PlainTensor;

export interface LossCurve {
  /** [p_y, ℓ less its value at p_y = 0.999]. */
  readonly loss: readonly (readonly [number, number])[];
  /** [p_y, learning rate × −∂ℓ/∂z_y]: how far one step pulls the label's logit. */
  readonly pull: readonly (readonly [number, number])[];
}

/** Closer together near 0, where losses bend. */
const probabilities = Array.from({ length: 60 }, (_, i) => 0.002 + 0.997 * (i / 59) ** 2);

/** The loss of one example against p_y, where the other classes share the rest alike; the mean over labels y. */
export function lossCurve(losses: Losses, classes: number, learningRate: number): LossCurve {
  const at = (logit: number) => meanOverLabels(losses, classes, logit);
  const logitOf = (p: number) => Math.log((p * (classes - 1)) / (1 - p));
  const floor = at(logitOf(0.999));
  const step = 1e-4;
  return {
    loss: probabilities.map((p) => [p, at(logitOf(p)) - floor]),
    pull: probabilities.map((p) => {
      const z = logitOf(p);
      return [p, (-learningRate * (at(z + step) - at(z - step))) / (2 * step)];
    }),
  };
}

function meanOverLabels(losses: Losses, K: number, logit: number): number {
  const identity = Array.from({ length: K * K }, (_, i) => (Math.floor(i / K) === i % K ? 1 : 0));
  const target = host.tensor(identity, [K, K]);
  const logits = host.tensor(
    identity.map((one) => one * logit),
    [K, K],
  );
  return mean(Array.from(losses(logits, target).data));
}

/** A teacher's loss as it was at a snapshot. */
export function snapshotLosses({ family, snapshots }: TeacherTrace, index: number): Losses {
  const phi = Object.fromEntries(
    Object.entries(snapshots[index]!.phi).map(([name, { shape, data }]) => [name, host.tensor(data, shape)]),
  );
  return (logits, target) => familyOf(family).losses(host, phi, logits, target);
}

/** A tuned fixed loss; undefined for a teacher. */
export function fixedLossesOf({ loss, parameters }: ContenderResult): Losses | undefined {
  if (loss === null || !Object.hasOwn(fixedLosses, loss)) return undefined;
  const value = Object.values(parameters)[0] ?? 0;
  return (logits, target) => fixedLosses[loss as FixedLossName].losses(host, logits, target, value);
}
