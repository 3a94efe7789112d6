import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { thetaLayout, type TeacherSpec } from "./emit.ts";
import { familyOf } from "./family.ts";
import { sizeOf, type PlainTensor } from "./host.ts";

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
  /** Standard deviation of V. */
  readonly readerSpread: number;
  /**
   * κ: keys start spread over time, key i attending where t/T ≈ cᵢ = i/(N − 1) with scores −κ(t/T − cᵢ)². Keys that
   * start alike get the same gradient and hardly part: then a teacher never learns dynamics. 0 switches it off.
   */
  readonly timeSharpness: number;
}

/** W = 2 I, a = e^−1, g = 4 e^−0.5: where the MNIST prototype with 40 % label noise started. */
export const robustStart: StartingPoint = {
  smoothing: 0,
  diagonal: 2,
  logLinear: -1,
  logBounded: Math.log(4) - 0.5,
  readerSpread: 0.1,
  timeSharpness: 30,
};

/** Cross-entropy with a weak bounded term. */
export const crossEntropyStart: StartingPoint = {
  smoothing: 0,
  diagonal: 1,
  logLinear: 0,
  logBounded: -3,
  readerSpread: 0.1,
  timeSharpness: 30,
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
      if (name === "V")
        data[i] =
          (2 * uniformFloat64(rng) - 1) * Math.sqrt(3) * start.readerSpread +
          (gate ? 0 : timeScore(i, shape, start));
      else if (family.start) data[i] = name === "c0" ? 0 : family.start(name, i % row, K, start);
      else if (name === "U") data[i] = (1 - start.smoothing) * identity(i) + start.smoothing / K;
      else if (name === "W") data[i] = start.diagonal * identity(i);
      else if (name === "c")
        data[i] = i % 2 === 0 || spec.family === "gain" ? start.logLinear : start.logBounded;
    }
    theta[name] = { shape, data };
  }
  return theta;
}

/** V's part of −κ(t − c)² = κ(2ct − c²) + …: `time` is the first feature and the constant 1 the last, in every set. */
function timeScore(
  index: number,
  [features, keys]: readonly number[],
  { timeSharpness }: StartingPoint,
): number {
  const [feature, key] = [Math.floor(index / keys!), index % keys!];
  const centre = keys === 1 ? 0 : key / (keys! - 1);
  if (feature === 0) return 2 * timeSharpness * centre;
  return feature === features! - 1 ? -timeSharpness * centre ** 2 : 0;
}
