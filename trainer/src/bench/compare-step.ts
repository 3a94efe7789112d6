import { LecternError } from "@lectern/shared/errors";
import { createActions } from "./actions.ts";
import type { BenchCase } from "./cases.ts";
import { importStep } from "./import-step.ts";
import { openStep, variableNames } from "./open-step.ts";

/** ‖ours − theirs‖/‖theirs‖ of one exported step. */
export interface StepError {
  /** Of dω_t − dω_{t+1} = −η∇²L·dω_{t+1}, all weights together. */
  readonly dWeights: number;
  /** Of dθ, all of it together. */
  readonly dTheta: number;
}

/** What float32 may differ by. */
export const stepTolerance = 1e-4;

/**
 * Runs our `reverse` on a step that PyTorch exported and compares what came out.
 * @throws LecternError `invalid-data` if they differ by more than {@link stepTolerance}
 */
export async function compareStep(bench: BenchCase, folder: string): Promise<StepError> {
  const step = await importStep(bench, folder);
  const open = openStep(bench, step);
  const actions = createActions(open);
  try {
    const { dWeights, dTheta } = await actions.reverseResult(step.rate);
    const weights = createError();
    for (const [i, name] of variableNames(open.student.model).entries()) {
      const before = step.directions![name]!.data;
      const expected = step.expected.dWeights[name]!.data;
      for (const [k, value] of dWeights[i]!.entries())
        weights.add(value - before[k]!, expected[k]! - before[k]!);
    }
    const theta = createError();
    for (const [name, { data }] of Object.entries(step.expected.dTheta))
      for (const [k, expected] of data.entries()) theta.add(dTheta[name]!.data[k]!, expected);
    const error = { dWeights: weights.value, dTheta: theta.value };
    // Not `>`: NaN is a difference.
    if (!(error.dWeights <= stepTolerance && error.dTheta <= stepTolerance))
      throw new LecternError(
        "invalid-data",
        `Case ${bench.name}: our reverse step differs from PyTorch's, dω by ${error.dWeights.toExponential(1)} and dθ by ${error.dTheta.toExponential(1)}, allowed ${stepTolerance}.`,
        "Run lectern check-hypergradient to see which of the two is off.",
      );
    return error;
  } finally {
    open.dispose();
  }
}

function createError(): { add(value: number, expected: number): void; readonly value: number } {
  let [difference, norm] = [0, 0];
  return {
    add(value, expected) {
      difference += (value - expected) ** 2;
      norm += expected ** 2;
    },
    get value() {
      return Math.sqrt(difference / norm);
    },
  };
}
