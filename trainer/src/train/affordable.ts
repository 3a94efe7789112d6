import type { TrainConfig } from "./config.ts";
import type { ProbeOptions } from "./probe.ts";

/** A quarter of a meta-step, one, and four: what `lectern train --probe` looks at. */
export const fullProbe = ({ meta }: TrainConfig): ProbeOptions => ({
  students: Math.max(2, meta.students),
  metaSteps: [0.25, 1, 4],
});

/**
 * The probe that a run can afford at its start: two students at one distance, four hypergradients, if those are at most
 * a twentieth of the run's.
 */
export const affordableProbe = ({ meta }: TrainConfig): ProbeOptions | undefined =>
  meta.steps * meta.students >= 80 ? { students: 2, metaSteps: [1] } : undefined;
