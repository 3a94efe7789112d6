import * as tf from "@tensorflow/tfjs-core";
import { updateRule } from "@lectern/client/lesson";
import { updateAdjoint } from "./adjoint.ts";
import { momentsToKeep, placesForOneRetake } from "./checkpoint-schedule.ts";
import { floatBytes, slotsOf, type Estimator } from "./estimator.ts";
import type { History } from "./history.ts";
import type { HypergradientProblem } from "./problem.ts";
import { exactProducts, type ProductMethod } from "./products.ts";
import { createReplay, type Replay } from "./replay.ts";
import { reverseMode } from "./reverse-mode.ts";
import { createSnapshots } from "./snapshots.ts";

export interface CheckpointOptions {
  /** Moments kept at once; by default about √(2T), with which no step is taken again more than once. */
  readonly places?: number | undefined;
  readonly products?: ProductMethod;
  readonly name?: string;
}

/**
 * Exact reverse-mode differentiation with few moments kept, and the steps between them taken again, bit for bit
 * (Griewank & Walther 2000). By default one gradient more a step than `store`, and √(2T)·|ω| of memory (momentum 2 and
 * Adam 3 times that: what a step begins with has to be kept).
 */
export function createCheckpoint({
  places,
  products = exactProducts,
  name = places === undefined ? "checkpoint" : `checkpoint:${places}`,
}: CheckpointOptions = {}): Estimator {
  const placesFor = (steps: number): number => Math.min(places ?? placesForOneRetake(steps), steps);
  return {
    name,
    exact: products.exact,
    objection: () => undefined,
    historyBytes: ({ weights, steps, optimizer }) =>
      placesFor(steps) * weights * floatBytes * (1 + slotsOf(optimizer)),
    estimate: (problem, options) =>
      reverseMode(problem, (p) => keepFew(p, placesFor(p.recipe.steps)), products, options),
  };
}

function keepFew(problem: HypergradientProblem, places: number): History {
  const { student, recipe } = problem;
  const rule = updateRule(recipe.optimizer);
  const adjoint = updateAdjoint(recipe.optimizer);
  const snapshots = createSnapshots();
  let planned = new Set([0, ...momentsToKeep(0, recipe.steps, places)]);
  let replay: Replay | undefined;

  /** From the last moment kept before `step` to `step`, keeping what the way back will want. */
  const retake = (step: number) => {
    let from = step;
    while (!snapshots.has(from)) from--;
    planned = new Set(momentsToKeep(from, step, places - snapshots.count + 1));
    let { weights, slots } = snapshots.get(from);
    for (const [i, variable] of student.variables.entries()) variable.assign(weights[i]!);
    tf.dispose(weights);
    for (let at = from; at < step; at++) {
      if (planned.has(at)) snapshots.put(at, student.variables, slots);
      slots = replay!.take(at, slots);
    }
    weights = student.variables.map((v) => v.clone());
    return { weights, slots };
  };

  return {
    adjoint,
    first: 0,
    record(step, slots) {
      if (planned.has(step)) snapshots.put(step, student.variables, slots);
    },
    turn(emissions) {
      replay = createReplay(problem, emissions, rule);
    },
    at(step) {
      if (!snapshots.has(step)) return retake(step);
      const moment = snapshots.get(step);
      snapshots.drop(step);
      return moment;
    },
    dispose() {
      replay?.dispose();
      snapshots.dispose();
    },
  };
}
