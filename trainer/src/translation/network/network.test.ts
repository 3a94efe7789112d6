import * as tf from "@tensorflow/tfjs-core";
import { fixedGuide, openStudent, studentGradients, studentLoss, type Student } from "@lectern/client/lesson";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../backend/index.ts";
import { assertCovered, installOverlay } from "../../overlay/index.ts";
import { createRandom } from "../../task/index.ts";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { gatherBatch } from "@lectern/client/lesson";
import { padPairs } from "../data/buckets.ts";
import { lstm1, lstm2 } from "./lstm.ts";
import { parameterCount, type Network } from "./network.ts";
import { transformer } from "./transformer.ts";
import { buildTranslator } from "./translator.ts";

const V = 9;
const networks: readonly (readonly [name: string, network: Network])[] = [
  ["transformer", transformer(V, { width: 8, heads: 2, hidden: 6, layers: 2 })],
  ["lstm-1", lstm1(V, { width: 5, units: 6 })],
  ["lstm-2", lstm2(V, { width: 5, units: 6 })],
];

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

describe("parameter counts", () => {
  test.each([
    // V·d + V; a layer: 12d² of attention, 4d·h + 2h + 2d of feed-forward, 5 norms of 2d; two norms of 2d.
    [
      "transformer 64",
      transformer(1500),
      1500 * 65 + (12 * 64 ** 2 + 4 * 64 * 128 + 2 * 128 + 12 * 64) + 4 * 64,
    ],
    [
      "transformer, two layers of 32",
      transformer(1000, { width: 32, hidden: 64, layers: 2 }),
      1000 * 33 + 2 * (12 * 32 ** 2 + 4 * 32 * 64 + 2 * 64 + 12 * 32) + 4 * 32,
    ],
    // Two tables, two cells of 4u(w + u + 1), the output.
    ["lstm-1", lstm1(1500), 2 * 1500 * 64 + 8 * 64 * 129 + 65 * 1500],
    ["lstm-2", lstm2(1500), 2 * 1500 * 64 + 8 * 64 * 129 + 65 * 1500 + 3 * 64 ** 2],
  ])("%s", (_, network, count) => {
    expect(parameterCount(network)).toBe(count);
    const { model } = buildTranslator(network, 1);
    expect(model.countParams()).toBe(count);
    model.dispose();
  });

  test("as their docs say", () => {
    expect(parameterCount(transformer(1500))).toBe(180_700);
    expect(parameterCount(lstm1(1500))).toBe(355_548);
    expect(parameterCount(lstm2(1500))).toBe(367_836);
  });
});

describe.each(networks)("%s", (_, network) => {
  const run = (words: readonly (readonly number[])[][]): number[][][] =>
    tf.tidy(() => {
      const { model } = buildTranslator(network, 5);
      const x = tf.tensor3d(words as number[][][]);
      return (model.apply(x) as tf.Tensor3D).arraySync();
    });
  const source = [5, 6, 7, 2];
  const prefix = [1, 4, 8, 3];

  test("a position sees the source and the words before it, and no later ones", () => {
    const [base, later, first, other] = run([
      [source, prefix],
      [source, [1, 4, 8, 5]],
      [source, [1, 5, 8, 3]],
      [[5, 6, 8, 2], prefix],
    ]);
    expect(later!.slice(0, 3)).toEqual(base!.slice(0, 3));
    expect(later![3]).not.toEqual(base![3]);
    expect(first![0]).toEqual(base![0]);
    for (const position of [1, 2, 3]) expect(first![position]).not.toEqual(base![position]);
    expect(other![0]).not.toEqual(base![0]);
  });

  test("what lies behind a sentence's end changes nothing", () => {
    const [short] = run([[source, prefix]]);
    const [long] = run([
      [
        [...source, 0, 0],
        [...prefix, 0, 0],
      ],
    ]);
    for (const [i, row] of short!.entries())
      for (const [k, value] of row.entries()) expect(long![i]![k]).toBeCloseTo(value, 5);
  });

  test("is covered by the overlay, and the same seed gives the same weights", async () => {
    const [a, b] = [buildTranslator(network, 2), buildTranslator(network, 2)];
    await assertCovered(a.model);
    for (const [i, weight] of a.model.getWeights().entries())
      expect(weight.dataSync()).toEqual(b.model.getWeights()[i]!.dataSync());
    a.model.dispose();
    b.model.dispose();
  });

  test("∇L and ∇²L·v of a masked batch are those of central differences", async () => {
    const { model } = buildTranslator(network, 4);
    const student = openStudent(model, V, "logits");
    const examples = padPairs(
      [
        { source: [4, 5, 6], target: [7, 8] },
        { source: [5], target: [4, 4, 6] },
      ],
      4,
      V,
    );
    const batch = gatherBatch(examples, Int32Array.of(0, 1));
    const guide = fixedGuide("label-smoothing", 0.2);
    const random = createRandom(8);
    const draw = (shape: number[], scale: number) =>
      tf.tensor(
        Float32Array.from(
          { length: tf.util.sizeFromShape(shape) },
          () => scale * (2 * uniformFloat32(random) - 1),
        ),
        shape,
      );
    for (const variable of student.variables) variable.assign(tf.add(variable, draw(variable.shape, 0.2)));
    const directions = student.variables.map(({ shape }) => draw(shape, 1));
    const base = student.variables.map((variable) => variable.clone());
    const moveBy = (step: number) => {
      for (const [i, variable] of student.variables.entries())
        variable.assign(tf.add(base[i]!, tf.mul(directions[i]!, step)));
    };
    const gradients = () => studentGradients(student, guide, {}, batch).gradients;
    const { grads } = tf.variableGrads(
      () => alongOf(student, directions, () => studentLoss(student, guide, {}, batch)),
      [...student.variables] as tf.Variable[],
    );
    const exact = await flat(student.variables.map(({ name, shape }) => grads[name] ?? tf.zeros(shape)));
    const gradient = await flat(gradients());
    // Too near for one of relu's kinks to lie between, with these weights.
    const step = 5e-4;
    moveBy(step);
    const [plus, up] = [await flat(gradients()), studentLoss(student, guide, {}, batch).dataSync()[0]!];
    moveBy(-step);
    const [minus, down] = [await flat(gradients()), studentLoss(student, guide, {}, batch).dataSync()[0]!];
    const central = plus.map((value, i) => (value - minus[i]!) / (2 * step));
    const error = Math.hypot(...exact.map((value, i) => value - central[i]!)) / Math.hypot(...central);
    expect(error).toBeLessThan(2e-3);
    const v = await flat(directions);
    const slope = gradient.reduce((sum, g, i) => sum + g * v[i]!, 0);
    expect(Math.abs(slope - (up - down) / (2 * step))).toBeLessThan(
      1e-3 * Math.hypot(...gradient) * Math.hypot(...v),
    );
    examples.dispose();
    model.dispose();
  });
});

const flat = async (tensors: readonly tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]))).flat();

/** ⟨∇L, v⟩, to be differentiated once more. */
function alongOf(student: Student, directions: readonly tf.Tensor[], loss: () => tf.Scalar): tf.Scalar {
  const { grads } = tf.variableGrads(loss, [...student.variables] as tf.Variable[]);
  return student.variables
    .map(({ name }, i) => tf.sum(tf.mul(grads[name]!, directions[i]!)))
    .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
}
