import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import { floatBytes, type Estimator } from "./estimator.ts";
import { createFixedPoint, type FixedPoint } from "./fixed-point/dynamics.ts";
import { nearestRatio } from "./fixed-point/ratio.ts";
import type { History } from "./history.ts";
import { isHostBackend } from "./host-values.ts";
import type { HypergradientProblem } from "./problem.ts";
import { exactProducts, type ProductMethod } from "./products.ts";
import { createReplay, rateOf, type Replay } from "./replay.ts";
import { reverseMode } from "./reverse-mode.ts";

export interface ReversibleOptions {
  readonly products?: ProductMethod;
  readonly name?: string;
  /** Called once the way back has reached ω₀: for those who check that it is the ω₀ that was left. */
  readonly onStart?: (dynamics: FixedPoint) => void;
}

/**
 * Runs the lesson in fixed point and then backwards, exactly: no ω_t is kept, only the bits that a product with γ loses,
 * log₂(1/γ) a weight a step (Maclaurin et al. 2015). One gradient more a step than `store`; memory 24 bytes a weight and
 * 0.15 bits a weight and step at γ = 0.9. For momentum SGD.
 */
export function createReversible({
  products = exactProducts,
  name = "reversible",
  onStart,
}: ReversibleOptions = {}): Estimator {
  return {
    name,
    exact: products.exact,
    objection: (optimizer) =>
      optimizer.kind === "momentum" && optimizer.momentum >= 0.01
        ? undefined
        : {
            problem: `can take back steps of momentum SGD (γ from 0.01) only, not of ${optimizer.kind}`,
            remedy: "Choose the optimizer momentum, or the estimator checkpoint.",
          },
    historyBytes({ weights, steps, optimizer }) {
      const { numerator, denominator } = nearestRatio(
        optimizer.kind === "momentum" ? optimizer.momentum : 0.9,
      );
      const states = 5 * floatBytes;
      return weights * (states + (steps * Math.log2(denominator / numerator)) / 8);
    },
    estimate: (problem, options) => reverseMode(problem, (p) => takeBack(p, onStart), products, options),
  };
}

function takeBack(
  problem: HypergradientProblem,
  onStart: ((dynamics: FixedPoint) => void) | undefined,
): History {
  if (!isHostBackend())
    throw new LecternError(
      "unsupported",
      `The estimator reversible computes in this process, and tensors of the backend ${tf.getBackend()} aren't in it.`,
      "Choose --backend wasm, or --estimator checkpoint.",
    );
  const { student } = problem;
  const dynamics = createFixedPoint(problem);
  let replay: Replay | undefined;
  return {
    rule: dynamics.rule,
    adjoint: dynamics.adjoint,
    first: 0,
    record: () => undefined,
    turn(emissions) {
      replay = createReplay(problem, emissions, dynamics.rule);
    },
    at(step) {
      const weights = dynamics.retreat(rateOf(problem, step));
      for (const [i, variable] of student.variables.entries()) variable.assign(weights[i]!);
      const gradients = replay!.gradients(step);
      dynamics.release(gradients);
      tf.dispose(gradients);
      if (step === 0) {
        if (!dynamics.atStart) throw new Error("Taking the lesson back didn't lead to its start.");
        onStart?.(dynamics);
      }
      return { weights, slots: [] };
    },
    dispose: () => replay?.dispose(),
  };
}
