import type { Cell } from "./cell.ts";

const horizons = [100, 1000, 10_000] as const;

/** A line of the plot: a strategy with the optimizer that it is shown for. */
export interface Strategy {
  readonly estimator: string;
  readonly optimizer: string;
  readonly look: string;
}

export const strategies: readonly Strategy[] = [
  { estimator: "store", optimizer: "sgd", look: "c1" },
  { estimator: "checkpoint", optimizer: "sgd", look: "c0 strong" },
  { estimator: "checkpoint", optimizer: "momentum", look: "c6" },
  { estimator: "reversible", optimizer: "momentum", look: "c3 strong" },
  { estimator: "truncated:100", optimizer: "sgd", look: "c4" },
  { estimator: "pes:1", optimizer: "sgd", look: "c5" },
];

/** The short ones first: whoever stops early has most of them. */
export const cells: readonly Cell[] = horizons.flatMap((steps) =>
  strategies.map(({ estimator, optimizer }) => ({ estimator, optimizer, steps })),
);

/** What is asked of T = 10,000: megabytes (10⁶) over the process's base. */
export const bars: readonly (Cell & { readonly mb: number })[] = [
  { estimator: "checkpoint", optimizer: "sgd", steps: 10_000, mb: 400 },
  { estimator: "checkpoint", optimizer: "momentum", steps: 10_000, mb: 800 },
  { estimator: "reversible", optimizer: "momentum", steps: 10_000, mb: 150 },
];

export const nameOf = ({ estimator, optimizer, steps }: Cell): string =>
  `${estimator}, ${optimizer}, T = ${steps}`;
