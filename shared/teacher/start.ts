import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { thetaLayout, type TeacherSpec } from "./emit.ts";
import { familyOf } from "./family.ts";
import { sizeOf, type PlainTensor } from "./plain.ts";

/** A fixed loss to start meta-training at: the best fixed loss is a good start, cross-entropy often isn't. */
export interface StartingPoint {
  /** U = (1 − ε) I + ε/K. */
  readonly smoothing: number;
  /** W = w·I. */
  readonly diagonal: number;
  /** log a, the weight of the linear term. */
  readonly logLinear: number;
  /** log g, the weight of the bounded term. */
  readonly logBounded: number;
  /** Standard deviation of V: 0 makes all keys share alike and never part. */
  readonly readerSpread: number;
}

/** W = 2 I, a = e^−1, g = 4 e^−0.5: where the MNIST prototype with 40 % label noise started. */
export const robustStart: StartingPoint = {
  smoothing: 0,
  diagonal: 2,
  logLinear: -1,
  logBounded: Math.log(4) - 0.5,
  readerSpread: 0.3,
};

/** Cross-entropy with a weak bounded term. */
export const crossEntropyStart: StartingPoint = {
  smoothing: 0,
  diagonal: 1,
  logLinear: 0,
  logBounded: -3,
  readerSpread: 0.3,
};

/**
 * θ₀: every key emits the starting point's loss, and V is drawn from a uniform distribution of that standard
 * deviation. For `bilinear` with diagonal 1 it is the demo's W = I, b = 0. A family with a `start` of its own starts there.
 *
 * @returns θ by name, float64, shapes of {@link thetaLayout}
 */
export function initialTheta(
  spec: TeacherSpec,
  seed: number,
  start: StartingPoint = robustStart,
): Record<string, PlainTensor> {
  const rng = xoroshiro128plus(seed);
  const K = spec.classes;
  const identity = (i: number) => (Math.floor(i / K) % K === i % K ? 1 : 0);
  const family = familyOf(spec.family);
  const gate = spec.architecture.kind === "gate";
  const theta: Record<string, PlainTensor> = {};
  for (const { name, shape } of thetaLayout(spec)) {
    const data = new Float64Array(sizeOf(shape));
    const row = data.length / shape[0]!;
    for (let i = 0; i < data.length; i++) {
      // A gate's second row is a direction: it starts at 0, so that the gate has no effect yet.
      if (gate && i >= row && name !== "V") continue;
      if (name === "V") data[i] = (2 * uniformFloat64(rng) - 1) * Math.sqrt(3) * start.readerSpread;
      else if (family.start) data[i] = name === "c0" ? 0 : family.start(name, i % row, K);
      else if (name === "U") data[i] = (1 - start.smoothing) * identity(i) + start.smoothing / K;
      else if (name === "W") data[i] = start.diagonal * identity(i);
      else if (name === "c")
        data[i] = i % 2 === 0 || spec.family === "gain" ? start.logLinear : start.logBounded;
    }
    theta[name] = { shape, data };
  }
  return theta;
}
