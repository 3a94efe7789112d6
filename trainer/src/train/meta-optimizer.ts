import type { PlainTensor } from "@lectern/shared/teacher";
import { alongShared, sharedGradient } from "./shared-directions.ts";

/** θ or a gradient by name, in float64. */
export type ThetaValues = Readonly<Record<string, PlainTensor>>;

/** Adam's moments over all of θ, and over its shared directions (see `./shared-directions.ts`). */
export interface MetaState {
  readonly step: number;
  readonly m: ThetaValues;
  readonly v: ThetaValues;
}

export interface MetaUpdate {
  readonly kind: "adam" | "sgd";
  readonly learningRate: number;
  /** Adam's rate on single numbers of matrices, as a share of the rate on everything else. */
  readonly elementRate: number;
  readonly frozen: readonly string[];
}

const map = (
  values: ThetaValues,
  f: (v: number, name: string, i: number) => number,
): Record<string, PlainTensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (v, i) => f(v, name, i)) },
    ]),
  );

export function startMeta(theta: ThetaValues): MetaState {
  const coordinates = { ...theta, ...sharedGradient(theta) };
  return { step: 0, m: map(coordinates, () => 0), v: map(coordinates, () => 0) };
}

export function normOfTheta(values: ThetaValues): number {
  let square = 0;
  for (const { data } of Object.values(values)) for (const v of data) square += v * v;
  return Math.sqrt(square);
}

/** Scales a gradient down to norm `limit`, if it is larger. */
export function clipTheta(gradient: ThetaValues, limit: number): ThetaValues {
  const norm = normOfTheta(gradient);
  return norm > limit ? map(gradient, (v) => (v * limit) / norm) : gradient;
}

export const scaleTheta = (values: ThetaValues, factor: number): ThetaValues =>
  map(values, (v) => v * factor);

/** A gradient without the blocks that stay as they start. */
export const thawed = (gradient: ThetaValues, frozen: readonly string[]): ThetaValues =>
  Object.fromEntries(
    Object.entries(gradient).map(([name, tensor]) => [
      name,
      frozen.includes(name) ? { ...tensor, data: new Float64Array(tensor.data.length) } : tensor,
    ]),
  );

/** Mean of gradients, added in their order: the same bits however they were computed. */
export function meanTheta(gradients: readonly ThetaValues[]): ThetaValues {
  return map(gradients[0]!, (_, name, i) => {
    let sum = 0;
    for (const gradient of gradients) sum += gradient[name]!.data[i]!;
    return sum / gradients.length;
  });
}

/**
 * One step of Adam (Kingma & Ba 2015; β₁ 0.9, β₂ 0.999, ε 1e-8) or SGD on θ, on the host in float64. Adam also steps
 * along the shared directions of each block, with moments of their own.
 */
export function updateTheta(
  theta: ThetaValues,
  gradient: ThetaValues,
  state: MetaState,
  { kind, learningRate, elementRate, frozen }: MetaUpdate,
): { theta: ThetaValues; state: MetaState } {
  const still = new Set(frozen);
  if (kind === "sgd")
    return {
      theta: map(theta, (w, name, i) => (still.has(name) ? w : w - learningRate * gradient[name]!.data[i]!)),
      state: { ...state, step: state.step + 1 },
    };
  const step = state.step + 1;
  const g = { ...gradient, ...sharedGradient(gradient) };
  const m = map(state.m, (v, name, i) => 0.9 * v + 0.1 * g[name]!.data[i]!);
  const v = map(state.v, (v, name, i) => 0.999 * v + 0.001 * g[name]!.data[i]! ** 2);
  const [mScale, vScale] = [1 / (1 - 0.9 ** step), 1 / (1 - 0.999 ** step)];
  const moves = map(m, (mean, name, i) => {
    const rate = isMatrix(name, theta) ? learningRate * elementRate : learningRate;
    return -(rate * mean * mScale) / (Math.sqrt(v[name]!.data[i]! * vScale) + 1e-8);
  });
  const shared = alongShared(theta, moves);
  return {
    theta: map(theta, (w, name, i) =>
      still.has(name) ? w : w + moves[name]!.data[i]! + shared[name]!.data[i]!,
    ),
    state: { step, m, v },
  };
}

/** W and U multiply log-probabilities, which reach −10 and beyond: a small change of theirs is a large one of the loss. */
const isMatrix = (name: string, theta: ThetaValues): boolean =>
  name !== "V" && theta[name]?.shape.length === 3;

/** δa + (1 − δ)b, elementwise. */
export const blendTheta = (a: ThetaValues, b: ThetaValues, delta: number): ThetaValues =>
  map(a, (v, name, i) => delta * v + (1 - delta) * b[name]!.data[i]!);

/** Adam's state without its first moments: it forgets where it was going, not how long gradients are. */
export const forgetMomentum = (state: MetaState): MetaState => ({ ...state, m: map(state.m, () => 0) });
