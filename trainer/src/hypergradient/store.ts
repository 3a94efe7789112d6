import { updateAdjoint, type UpdateAdjoint } from "./adjoint.ts";
import { floatBytes, slotsOf, type Estimator, type LessonSize } from "./estimator.ts";
import { createFixedPoint } from "./fixed-point/dynamics.ts";
import type { History, OpenHistory } from "./history.ts";
import type { HypergradientProblem } from "./problem.ts";
import { exactProducts, type ProductMethod } from "./products.ts";
import { reverseMode } from "./reverse-mode.ts";
import { createSnapshots } from "./snapshots.ts";

export interface StoreOptions {
  readonly products?: ProductMethod;
  readonly name?: string;
  /** Runs the lesson in `reversible`'s fixed point: what that is compared with. */
  readonly fixedPoint?: boolean;
}

/**
 * Exact reverse-mode differentiation with every ω_t kept: one gradient forwards, one double backward per step backwards;
 * memory T·|ω| (with Adam 3T·|ω|).
 */
export function createStore({
  products = exactProducts,
  name = "store",
  fixedPoint = false,
}: StoreOptions = {}): Estimator {
  return {
    name,
    exact: products.exact,
    objection: () => undefined,
    historyBytes: (size) => size.steps * momentBytes(size),
    estimate: (problem, options) =>
      reverseMode(
        problem,
        fixedPoint ? fixedPointHistory : (p) => keepLast(p, p.recipe.steps),
        products,
        options,
      ),
  };
}

/** Bytes of one moment as `keepLast` keeps it. */
export function momentBytes({ weights, optimizer }: LessonSize): number {
  const slots = updateAdjoint(optimizer).readsGradients ? slotsOf(optimizer) : 0;
  return weights * floatBytes * (1 + slots);
}

/** Keeps the last `count` moments of a lesson. */
export function keepLast(problem: HypergradientProblem, count: number): History {
  const first = Math.max(0, problem.recipe.steps - count);
  return keepFrom(problem, first, updateAdjoint(problem.recipe.optimizer));
}

const fixedPointHistory: OpenHistory = (problem) => {
  const { rule, adjoint } = createFixedPoint(problem);
  return { ...keepFrom(problem, 0, adjoint), rule };
};

function keepFrom({ student }: HypergradientProblem, first: number, adjoint: UpdateAdjoint): History {
  const snapshots = createSnapshots();
  return {
    adjoint,
    first,
    record(step, slots) {
      // Slots only where the way back reads them.
      if (step >= first) snapshots.put(step, student.variables, adjoint.readsGradients ? slots : []);
    },
    at(step) {
      const moment = snapshots.get(step);
      snapshots.drop(step);
      return moment;
    },
    dispose: () => snapshots.dispose(),
  };
}
