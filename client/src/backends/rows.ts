/** φ of the families bilinear, mixed and gain, read back: a missing part isn't in the loss. */
export interface HostCoefficients {
  /** a, and U [K, K]; without U the identity. */
  readonly gain: number;
  readonly U?: Float32Array | undefined;
  /** g, W [K, K] and b [K]. */
  readonly bounded: number;
  readonly W?: Float32Array | undefined;
  readonly b?: Float32Array | undefined;
}

export interface RowLosses {
  /** [n] */
  readonly losses: Float32Array;
  /** ∂ℓ/∂logits of each row, [n, K]. */
  readonly gradients: Float32Array;
}

/**
 * ℓ = −a·(log p · U)_y − g·σ((log p · W + b)_y) of each row of logits [n, K], with its gradient, where y may be a
 * distribution. The formula is `families`' in @lectern/shared/teacher, differentiated by hand: with
 * q_j = ∂ℓ/∂log p_j = −Σ_k t_k (a·U_jk + g·σ′·W_jk), ∂ℓ/∂z_i = q_i − p_i Σ_j q_j.
 */
export function lossOfRows(
  logits: Float32Array,
  target: Float32Array,
  classes: number,
  { gain, U, bounded, W, b }: HostCoefficients,
): RowLosses {
  const n = logits.length / classes;
  const losses = new Float32Array(n);
  const gradients = new Float32Array(logits.length);
  const logP = new Float64Array(classes);
  const q = new Float64Array(classes);
  for (let row = 0, at = 0; row < n; row++, at += classes) {
    let largest = -Infinity;
    for (let j = 0; j < classes; j++) largest = Math.max(largest, logits[at + j]!);
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += Math.exp((logP[j] = logits[at + j]! - largest));
    const shift = Math.log(sum);
    for (let j = 0; j < classes; j++) logP[j]! -= shift;

    let linear = 0;
    let inner = 0;
    // Of a label that is a class, one term is left.
    for (let k = 0; k < classes; k++) {
      const t = target[at + k]!;
      if (t === 0) continue;
      if (b) inner += t * b[k]!;
      if (!U) linear += t * logP[k]!;
      for (let j = 0, cell = k; j < classes; j++, cell += classes) {
        if (U) linear += t * U[cell]! * logP[j]!;
        if (W) inner += t * W[cell]! * logP[j]!;
      }
    }
    const sigmoid = W ? 1 / (1 + Math.exp(-inner)) : 0;
    losses[row] = -gain * linear - bounded * sigmoid;

    const slope = bounded * sigmoid * (1 - sigmoid);
    q.fill(0);
    for (let k = 0; k < classes; k++) {
      const t = target[at + k]!;
      if (t === 0) continue;
      if (!U) q[k]! -= gain * t;
      for (let j = 0, cell = k; j < classes; j++, cell += classes)
        q[j]! -= t * ((U ? gain * U[cell]! : 0) + (W ? slope * W[cell]! : 0));
    }
    let total = 0;
    for (let j = 0; j < classes; j++) total += q[j]!;
    for (let j = 0; j < classes; j++) gradients[at + j] = q[j]! - Math.exp(logP[j]!) * total;
  }
  return { losses, gradients };
}
