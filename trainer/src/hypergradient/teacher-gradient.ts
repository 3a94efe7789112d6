import * as tf from "@tensorflow/tfjs-core";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { emit, type PlainTensor, type TeacherSpec } from "@lectern/shared/teacher";

/** dθ by name, in float64, summed over emissions. */
export interface ThetaGradient {
  /** Adds (∂μ_θ(s)/∂θ)ᵀ dφ of one emission. */
  add(state: Float64Array, dPhi: Readonly<Record<string, tf.Tensor>>): Promise<void>;
  readonly total: Readonly<Record<string, PlainTensor>>;
  dispose(): void;
}

export function createThetaGradient(
  spec: TeacherSpec,
  theta: Readonly<Record<string, PlainTensor>>,
): ThetaGradient {
  const names = Object.keys(theta);
  const variables = tf.tidy(() =>
    names.map((name) => tf.variable(tensorFlowAlgebra.tensor(theta[name]!.data, theta[name]!.shape))),
  );
  const byName = Object.fromEntries(names.map((name, i) => [name, variables[i]!]));
  const total = Object.fromEntries(
    names.map((name) => [
      name,
      { shape: theta[name]!.shape, data: new Float64Array(theta[name]!.data.length) },
    ]),
  );
  return {
    async add(state, dPhi) {
      const { value, grads } = tf.variableGrads(() => {
        const phi = emit<tf.Tensor>(
          tensorFlowAlgebra,
          spec,
          byName,
          tensorFlowAlgebra.tensor(state, [state.length]),
        );
        return Object.entries(dPhi)
          .map(([name, d]) => tf.sum(tf.mul(phi[name]!, d)))
          .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
      }, variables);
      for (const [i, name] of names.entries()) {
        const values = await grads[variables[i]!.name]?.data();
        if (values) for (const [k, v] of values.entries()) total[name]!.data[k]! += v;
      }
      tf.dispose([value, grads]);
    },
    total,
    dispose: () => tf.dispose(variables),
  };
}
