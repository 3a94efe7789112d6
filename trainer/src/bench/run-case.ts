import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import type { BackendInUse } from "../backend/select.ts";
import { createActions, type Strategy } from "./actions.ts";
import { benchCase } from "./cases.ts";
import { compareStep, type StepError } from "./compare-step.ts";
import { measure, type Timing } from "./measure.ts";
import { openStep } from "./open-step.ts";
import { drawStep } from "./step-data.ts";

export interface CaseOptions {
  readonly name: string;
  /** Measuring time of the case, shared out among what is timed. */
  readonly seconds: number;
  readonly strategy?: Strategy;
  /** A folder that bench/pytorch.py --export wrote: our numbers are compared with PyTorch's before anything is timed. */
  readonly compareWith?: string;
}

type Milliseconds = {
  readonly ce_step: number;
  readonly step: number;
  readonly reverse: number;
  readonly hyper: number;
};

/** One line of the benchmark's output; medians in milliseconds. */
export interface CaseRow extends Milliseconds {
  readonly case: string;
  readonly batch: number;
  readonly backend: string;
  readonly adapter: string;
  readonly threads: number;
  readonly strategy: Strategy;
  readonly tfjs: string;
  readonly node: string;
  readonly cpu: Milliseconds;
  /** Relative error of `reverse` against PyTorch's on the same inputs. */
  readonly error?: StepError;
}

/** Runs one case on a backend that is current. It leaves no tensors behind. */
export async function runCase(
  { name: backend, device }: Pick<BackendInUse, "name" | "device">,
  { name, seconds, strategy = "exact", compareWith }: CaseOptions,
): Promise<CaseRow> {
  const bench = benchCase(name);
  const error = compareWith === undefined ? undefined : await compareStep(bench, compareWith);
  const open = openStep(bench, drawStep(bench, 1));
  const actions = createActions(open, strategy);
  try {
    const timings = {
      ce_step: await measure(actions.ceStep, seconds / 3),
      step: await measure(actions.step, seconds / 3),
      reverse: await measure(actions.reverse, seconds / 3),
    };
    const milliseconds = (clock: "wall" | "cpu"): Milliseconds => {
      const of = ({ [clock]: value }: Timing) => Number(value.toFixed(3));
      const [step, reverse] = [of(timings.step), of(timings.reverse)];
      return { ce_step: of(timings.ce_step), step, reverse, hyper: Number((step + reverse).toFixed(3)) };
    };
    return {
      case: name,
      batch: bench.batch,
      backend,
      adapter: device || cpus()[0]!.model.trim(),
      threads: 1,
      strategy,
      tfjs: tf.version_core,
      node: process.versions.node,
      ...milliseconds("wall"),
      cpu: milliseconds("cpu"),
      ...(error && { error }),
    };
  } finally {
    open.dispose();
  }
}
