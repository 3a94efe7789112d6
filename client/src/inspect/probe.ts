import { plainAlgebra, type PlainTensor } from "@lectern/shared/teacher";

const host = plainAlgebra(Float64Array);

/** Losses [n] of logits [n, K] under targets [n, K]. */
export type Losses = (logits: PlainTensor, target: PlainTensor) => PlainTensor;

/** Predictions at which losses are compared: each label, at each confidence in it. */
export interface Probe {
  readonly classes: number;
  /** p_y of the rows of one label; the other classes share the rest alike. */
  readonly confidences: readonly number[];
  /** The labels that are probed: all, or some spread evenly where there are many. */
  readonly labels: readonly number[];
}

/** @param classes K @param mostLabels more classes than this are sampled evenly */
export function createProbe(classes: number, mostLabels = 10): Probe {
  const count = Math.min(classes, mostLabels);
  return {
    classes,
    confidences: [0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99],
    labels: Array.from({ length: count }, (_, i) => Math.floor((i * classes) / count)),
  };
}

/**
 * ∂ℓ/∂z at each row of the probe, by central differences in float64 (step 1e-4: its error is some 1e-8).
 * @returns [labels · confidences, K], row-major, label by label
 */
export function logitGradients(losses: Losses, { classes, confidences, labels }: Probe): Float64Array {
  const rows = labels.flatMap((label) => confidences.map((p) => ({ label, p })));
  const target = new Float64Array(rows.length * classes);
  const logits = new Float64Array(rows.length * classes);
  for (const [i, { label, p }] of rows.entries()) {
    target[i * classes + label] = 1;
    logits[i * classes + label] = Math.log((p * (classes - 1)) / (1 - p));
  }
  const shape = [rows.length, classes];
  const at = (column: number, shift: number) => {
    const moved = logits.slice();
    for (let i = 0; i < rows.length; i++) moved[i * classes + column]! += shift;
    return losses(host.tensor(moved, shape), host.tensor(target, shape)).data;
  };
  const step = 1e-4;
  const gradients = new Float64Array(rows.length * classes);
  for (let column = 0; column < classes; column++) {
    const [above, below] = [at(column, step), at(column, -step)];
    for (let i = 0; i < rows.length; i++)
      gradients[i * classes + column] = (above[i]! - below[i]!) / (2 * step);
  }
  return gradients;
}

/** The pull on the label's own logit, −∂ℓ/∂z_y, by confidence: the mean over labels. */
export function pullByConfidence(gradients: Float64Array, probe: Probe): number[] {
  return probe.confidences.map((_, i) => meanOf(probe.labels.map((_, l) => pullAt(gradients, probe, l, i))));
}

/** The mean pull over confidences, label by label. */
export function pullByLabel(gradients: Float64Array, probe: Probe): number[] {
  return probe.labels.map((_, l) => meanOf(probe.confidences.map((_, i) => pullAt(gradients, probe, l, i))));
}

const pullAt = (gradients: Float64Array, { classes, confidences, labels }: Probe, l: number, i: number) =>
  -gradients[(l * confidences.length + i) * classes + labels[l]!]!;

const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
