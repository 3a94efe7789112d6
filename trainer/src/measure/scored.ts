/** What a student says of examples whose labels are known. */
export interface Scored {
  /** log p, [n, K], row-major. */
  readonly logP: Float32Array;
  /** [n] */
  readonly labels: Int32Array;
  readonly classes: number;
}

/**
 * How probabilities become decisions: q_k ∝ exp(sharpness·log p_k + offsets_k), then the class of least expected cost.
 * Tuned on validation data for every loss alike, so that none gains by deciding better.
 */
export interface Decision {
  /** [K]; the first is 0. For two classes, offsets[1] is the threshold on the log-odds, with its sign turned. */
  readonly offsets: readonly number[];
  /** 1: as the student says. It matters for costs only. */
  readonly sharpness: number;
}

export const plainDecision = (classes: number): Decision => ({
  offsets: Array.from({ length: classes }, () => 0),
  sharpness: 1,
});

/**
 * The decided class of each example, [n].
 * @param cost [K, K], row: the right class, column: the decided one; left out: each mistake costs the same
 */
export function decide(
  { logP, classes: K, labels }: Scored,
  { offsets, sharpness }: Decision,
  cost?: readonly number[],
): Int32Array {
  const decided = new Int32Array(labels.length);
  const q = new Float64Array(K);
  for (let i = 0; i < decided.length; i++) {
    let [best, largest] = [0, -Infinity];
    for (let k = 0; k < K; k++) {
      q[k] = sharpness * logP[i * K + k]! + offsets[k]!;
      if (q[k]! > largest) [best, largest] = [k, q[k]!];
    }
    if (cost) {
      for (let k = 0; k < K; k++) q[k] = Math.exp(q[k]! - largest);
      let least = Infinity;
      for (let k = 0; k < K; k++) {
        let expected = 0;
        for (let y = 0; y < K; y++) expected += q[y]! * cost[y * K + k]!;
        if (expected < least) [best, least] = [k, expected];
      }
    }
    decided[i] = best;
  }
  return decided;
}
