import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { holdMovingStatistics } from "../moving-statistics.ts";
import { drawNoise, seedNoise } from "../noise.ts";
import { sizeOf, spread } from "./draw.ts";
import type { LayerCase } from "./layer-cases.ts";

export interface LayerResult {
  /** |⟨∇L, v⟩ − central difference of L| over ‖∇L‖‖v‖. */
  readonly gradientError: number;
  /** ‖∇²L·v − central difference of ∇L‖ / ‖central difference‖, over all weights. */
  readonly productError: number;
  readonly leakedTensors: number;
}

const filled = (shape: readonly number[], phase: number, scale = 1): tf.Tensor =>
  tf.tensor(spread(sizeOf(shape), -scale, scale, phase), [...shape]);

const inputOf = ({ words }: LayerCase, shape: readonly number[]): tf.Tensor =>
  words ? tf.tensor(spread(sizeOf(shape), 0, 5, 3).map(Math.floor), [...shape]) : filled(shape, 0);

/** Far enough for float32's rounding, near enough for the kinks. */
const STEP = 2e-3;

/** Checks a model's Hessian-vector product, at fixed weights and inputs, on the backend in use. */
export async function checkLayer(testCase: LayerCase): Promise<LayerResult> {
  const model = testCase.build();
  seedNoise(model, 5);
  drawNoise(model, 3);
  const before = tf.memory().numTensors;
  const { exact, plus, minus, gradient, losses, directions } = holdMovingStatistics(model, () =>
    tf.tidy(() => differences(model, testCase)),
  );
  const [a, p, m, g, v] = await Promise.all([exact, plus, minus, gradient, directions].map(flatten));
  const [up, down] = await Promise.all(losses.map(async (loss) => (await loss.data())[0]!));
  tf.dispose([exact, plus, minus, gradient, losses, directions]);
  const leakedTensors = tf.memory().numTensors - before;
  model.dispose();
  const central = p!.map((value, i) => (value - m![i]!) / (2 * STEP));
  const slope = (up! - down!) / (2 * STEP);
  const inner = g!.reduce((total, value, i) => total + value * v![i]!, 0);
  return {
    gradientError: Math.abs(inner - slope) / (Math.hypot(...g!) * Math.hypot(...v!)),
    productError: Math.hypot(...a!.map((value, i) => value - central[i]!)) / Math.hypot(...central),
    leakedTensors,
  };
}

const flatten = async (tensors: readonly tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]))).flat();

function differences(model: LayersModel, testCase: LayerCase) {
  const x = inputOf(testCase, [3, ...model.inputs[0]!.shape.slice(1).map(Number)]);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  variables.forEach((variable, i) => variable.assign(filled(variable.shape, i + 1, 0.7)));
  const directions = variables.map((variable, i) => filled(variable.shape, i + 21));
  const loss = (): tf.Scalar => {
    const y = model.apply(x, { training: true }) as tf.Tensor;
    const data = tf.mean(tf.mul(tf.square(tf.sub(y, 0.3)), filled(y.shape, 9))) as tf.Scalar;
    return model.calculateLosses().reduce((sum: tf.Scalar, penalty) => tf.add(sum, penalty), data);
  };
  const gradients = (): tf.Tensor[] => {
    const { grads } = tf.variableGrads(loss, variables);
    return variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
  };
  const base = variables.map((variable) => tf.clone(variable));
  const moveBy = (step: number): void =>
    variables.forEach((variable, i) => variable.assign(tf.add(base[i]!, tf.mul(directions[i]!, step))));
  const along = (): tf.Scalar =>
    gradients()
      .map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!)))
      .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
  const { grads } = tf.variableGrads(along, variables);
  const exact = variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
  const gradient = gradients();
  moveBy(STEP);
  const plus = gradients();
  const up = loss();
  moveBy(-STEP);
  return { exact, gradient, plus, minus: gradients(), losses: [up, loss()], directions };
}
