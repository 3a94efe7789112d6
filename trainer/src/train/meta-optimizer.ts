import type { PlainTensor } from "@lectern/shared/teacher";

/** θ or a gradient by name, in float64. */
export type ThetaValues = Readonly<Record<string, PlainTensor>>;

/** Adam's moments over all of θ; empty for SGD. */
export interface MetaState {
  readonly step: number;
  readonly m: ThetaValues;
  readonly v: ThetaValues;
}

export interface MetaUpdate {
  readonly kind: "adam" | "sgd";
  readonly learningRate: number;
  readonly frozen: readonly string[];
}

const map = (values: ThetaValues, f: (v: number, name: string, i: number) => number): Record<string, PlainTensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (v, i) => f(v, name, i)) },
    ]),
  );

export const startMeta = (theta: ThetaValues): MetaState => ({ step: 0, m: map(theta, () => 0), v: map(theta, () => 0) });

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

/** Mean of gradients, added in their order: the same bits however they were computed. */
export function meanTheta(gradients: readonly ThetaValues[]): ThetaValues {
  return map(gradients[0]!, (_, name, i) => {
    let sum = 0;
    for (const gradient of gradients) sum += gradient[name]!.data[i]!;
    return sum / gradients.length;
  });
}

/** One step of Adam (Kingma & Ba 2015; β₁ 0.9, β₂ 0.999, ε 1e-8) or SGD on θ, on the host in float64. */
export function updateTheta(
  theta: ThetaValues,
  gradient: ThetaValues,
  state: MetaState,
  { kind, learningRate, frozen }: MetaUpdate,
): { theta: ThetaValues; state: MetaState } {
  const still = new Set(frozen);
  if (kind === "sgd")
    return {
      theta: map(theta, (w, name, i) => (still.has(name) ? w : w - learningRate * gradient[name]!.data[i]!)),
      state: { ...state, step: state.step + 1 },
    };
  const step = state.step + 1;
  const m = map(state.m, (v, name, i) => 0.9 * v + 0.1 * gradient[name]!.data[i]!);
  const v = map(state.v, (v, name, i) => 0.999 * v + 0.001 * gradient[name]!.data[i]! ** 2);
  const [mScale, vScale] = [1 / (1 - 0.9 ** step), 1 / (1 - 0.999 ** step)];
  return {
    theta: map(theta, (w, name, i) =>
      still.has(name)
        ? w
        : w - (learningRate * m[name]!.data[i]! * mScale) / (Math.sqrt(v[name]!.data[i]! * vScale) + 1e-8),
    ),
    state: { step, m, v },
  };
}

/** δa + (1 − δ)b, elementwise. */
export const blendTheta = (a: ThetaValues, b: ThetaValues, delta: number): ThetaValues =>
  map(a, (v, name, i) => delta * v + (1 - delta) * b[name]!.data[i]!);
