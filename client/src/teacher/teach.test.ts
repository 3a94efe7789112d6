import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { cornerData, leaks, mlp, oneHot, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import { teachFixed } from "../fixed/index.ts";
import type { TeachOptions } from "./teach.ts";
import type { Warning } from "./warnings.ts";

beforeAll(async () => {
  await useBackend("cpu");
  mlp0 = mlp();
});

let mlp0: layers.LayersModel;
const train = cornerData(60);
const dev = cornerData(30);
const accuracy = (model: layers.LayersModel, { x, y } = train) =>
  tf.tidy(() => {
    const predicted = tf.argMax(model.predict(tf.tensor2d(x)) as tf.Tensor, 1).dataSync();
    return y.filter((k, i) => k === predicted[i]).length / y.length;
  });

describe("teach", () => {
  test("a student learns, by the recipe, without a warning or a leak", async () => {
    const model = mlp();
    const left = await leaks(async () => {
      const result = await smallTeacher().teach(model, { train });
      expect(result).toMatchObject({ status: "completed", steps: 20, weightsOfStep: 20, warnings: [] });
      expect(result.emissions.map(({ step }) => step)).toEqual([0, 5, 10, 15]);
      expect(result.emissions[0]!.state.train.accuracy).toBeCloseTo(1 / 3, 12);
    });
    expect(left).toBe(0);
    expect(accuracy(model)).toBe(1);
  });

  test("emissions are those of teacher.emit for the recorded states, and differ over time", async () => {
    const teacher = smallTeacher({ featureSet: "full" });
    const { emissions } = await teacher.teach(mlp(), { train, dev });
    for (const { state, phi } of emissions) expect(teacher.emit(state)).toEqual(phi);
    expect(emissions[0]!.phi).not.toEqual(emissions[3]!.phi);
    expect(emissions[3]!.state.dev!.precision).toHaveLength(3);
  });

  test("the same seed gives the same bits; another seed or order others", async () => {
    const teacher = smallTeacher();
    const run = async (options: Partial<TeachOptions>) => {
      const model = mlp();
      await teacher.teach(model, { train, ...options });
      return weightsOf(model);
    };
    const first = await run({ seed: 4 });
    expect(await run({ seed: 4 })).toEqual(first);
    expect(await run({ seed: 5 })).not.toEqual(first);
    expect(await run({ seed: 4, shuffle: false })).not.toEqual(first);
  });

  test("labels may be numbers, names, one-hot rows or tensors: the same bits", async () => {
    const teacher = smallTeacher();
    const run = async (y: TeachOptions["train"]["y"]) => {
      const model = mlp();
      await teacher.teach(model, { train: { x: train.x, y } });
      return weightsOf(model);
    };
    const first = await run(train.y);
    const tensor = tf.tensor1d(train.y, "int32");
    expect(await run(tensor)).toEqual(first);
    expect(await run(train.y.map((k) => `corner-${k}`))).toEqual(first);
    expect(await run(oneHot(train.y))).toEqual(first);
    expect(await run(Uint8Array.from(train.y))).toEqual(first);
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
  });

  test("a masked example changes nothing", async () => {
    const teacher = smallTeacher({ recipe: { batchSize: 30 } });
    const run = async (change: (row: number[]) => number[]) => {
      const model = mlp();
      const x = train.x.map((row, i) => (i % 2 ? change(row) : row));
      const weights = train.y.map((_, i) => (i % 2 ? 0 : 1));
      const { emissions } = await teacher.teach(model, { train: { x, y: train.y, weights } });
      return { weights: weightsOf(model), phi: emissions.map(({ phi }) => phi) };
    };
    expect(await run(([a, b]) => [50 - a!, 3 * b!])).toEqual(await run((row) => row));
  });

  test("tf.train's sgd takes the same steps as the recipe's, and gets its rate back", async () => {
    const teacher = smallTeacher();
    const [a, b] = [mlp(), mlp()];
    await teacher.teach(a, { train });
    const optimizer = tf.train.sgd(0.5);
    const { warnings } = await teacher.teach(b, { train, optimizer });
    expect(warnings).toEqual([]);
    expect(weightsOf(b)).toEqual(weightsOf(a));
    expect(optimizer.getConfig()).toEqual({ learningRate: 0.5 });
    optimizer.dispose();
  });

  test("the model's own regularizers are part of the loss", async () => {
    const penalised = (l2: number) =>
      layers.sequential({
        layers: [
          layers.layers.dense({
            units: 3,
            inputShape: [2],
            kernelInitializer: "ones",
            kernelRegularizer: layers.regularizers.l2({ l2 }),
          }),
        ],
      });
    const run = async (l2: number) => {
      const model = penalised(l2);
      // An x of 0 and one step: nothing but the penalty moves the kernel.
      const zeros = { x: [[0, 0]], y: [0] };
      await smallTeacher().teach(model, { train: zeros, steps: 1, schedule: "constant" });
      return weightsOf(model)[0];
    };
    expect(await run(0)).toBe(1);
    // ω − η·2λω = 1 − 0.5·2·0.1
    expect(await run(0.1)).toBeCloseTo(0.9, 6);
  });

  test("one sigmoid output is taught by a teacher of two classes", async () => {
    const two = cornerData(60, 2);
    const model = mlp({ units: 1, activation: "sigmoid" });
    const result = await smallTeacher({ classes: 2 }).teach(model, { train: two });
    expect(result.status).toBe("completed");
    const p = tf.tidy(() => Array.from((model.predict(tf.tensor2d(two.x)) as tf.Tensor).dataSync()));
    expect(p.map((v) => Number(v > 0.5))).toEqual(two.y);
  });

  test("softmax outputs are taught as logits are", async () => {
    const [logits, probabilities] = [mlp(), mlp({ activation: "softmax" })];
    await smallTeacher().teach(logits, { train });
    await smallTeacher().teach(probabilities, { train });
    const [a, b] = [weightsOf(logits), weightsOf(probabilities)];
    for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4);
  });

  test("events: every step with its loss on request, every emission", async () => {
    const losses: number[] = [];
    const emitted: number[] = [];
    await smallTeacher().teach(mlp(), {
      train,
      async onStep({ step, readLoss }) {
        if (step % 10 === 0) losses.push(await readLoss());
      },
      onEmission: ({ step }) => void emitted.push(step),
    });
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0]!);
    expect(emitted).toEqual([0, 5, 10, 15]);
  });
});

describe("sequences", () => {
  const tokens = () => {
    const init = (seed: number) => layers.initializers.randomNormal({ stddev: 0.3, seed });
    return layers.sequential({
      layers: [
        layers.layers.embedding({
          inputDim: 6,
          outputDim: 8,
          inputLength: 4,
          embeddingsInitializer: init(1),
        }),
        layers.layers.timeDistributed({
          layer: layers.layers.dense({ units: 3, kernelInitializer: init(2) }),
        }),
      ],
    });
  };
  // Token k is of class k mod 3; the last position of each sequence is padding.
  const x = Array.from({ length: 30 }, (_, i) => [i % 6, (i * 5 + 1) % 6, (i * 2 + 3) % 6, 0]);
  const y = x.map((row) => row.map((k) => k % 3));
  const weights = x.map(() => [1, 1, 1, 0]);

  test("tokens [n, length] are taught, the masked ones not", async () => {
    const teacher = smallTeacher({
      recipe: {
        optimizer: {
          kind: "adam",
          learningRate: 0.1,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-7,
          weightDecay: 0,
        },
      },
    });
    const run = async (padding: number) => {
      const model = tokens();
      const labels = y.map((row) => [...row.slice(0, 3), padding]);
      const result = await teacher.teach(model, { train: { x, y: labels, weights } });
      return { model, result };
    };
    const [a, b] = [await run(0), await run(2)];
    expect(a.result.status).toBe("completed");
    expect(b.result.emissions).toEqual(a.result.emissions);
    expect(weightsOf(b.model)).toEqual(weightsOf(a.model));
    const predicted = tf.tidy(() =>
      tf.argMax(a.model.predict(tf.tensor2d(x)) as tf.Tensor, -1).arraySync(),
    ) as number[][];
    expect(predicted.map((row) => row.slice(0, 3))).toEqual(y.map((row) => row.slice(0, 3)));
  });
});

describe("divergence and aborts", () => {
  test("a diverging student is a result, with its best weights, finite", async () => {
    const model = mlp();
    const left = await leaks(async () => {
      const { status, steps, weightsOfStep } = await smallTeacher().teach(model, {
        // Some labels are wrong, so that no student is sure with impunity.
        train: { x: train.x, y: train.y.map((k, i) => (i % 7 === 0 ? (k + 1) % 3 : k)) },
        optimizer: { kind: "sgd", learningRate: 1e4 },
      });
      expect(status).toBe("diverged");
      expect(weightsOfStep).toBe(0);
      expect(steps).toBeLessThan(20);
    });
    expect(left).toBe(0);
    expect(weightsOf(model)).toEqual(weightsOf(mlp()));
  });

  test("NaN in the last steps is found at the end", async () => {
    const model = mlp();
    const { status, weightsOfStep } = await smallTeacher().teach(model, {
      train,
      steps: 3,
      onStep: ({ step }) => {
        if (step === 2) model.setWeights(model.getWeights().map((w) => tf.mul(w, Number.NaN)));
      },
    });
    expect([status, weightsOfStep]).toEqual(["diverged", 0]);
    expect(weightsOf(model)).toEqual(weightsOf(mlp()));
  });

  test("an abort ends the lesson with what was learned so far", async () => {
    const controller = new AbortController();
    const left = await leaks(async () => {
      const result = await smallTeacher().teach(mlp0, {
        train,
        signal: controller.signal,
        onStep: ({ step }) => void (step === 6 && controller.abort()),
      });
      expect(result).toMatchObject({ status: "aborted", steps: 7, weightsOfStep: 7 });
    });
    expect(left).toBe(0);
    const before = await smallTeacher().teach(mlp0, { train, signal: AbortSignal.abort() });
    expect(before).toMatchObject({ status: "aborted", steps: 0 });
  });

  test("an error of a callback passes through, and nothing leaks", async () => {
    const onStep = () => {
      throw new RangeError("the page's own");
    };
    const left = await leaks(() =>
      expect(smallTeacher().teach(mlp0, { train, onStep })).rejects.toThrow("the page's own"),
    );
    expect(left).toBe(0);
  });
});

describe("dev data", () => {
  test("fewer than the teacher was trained for are a warning", async () => {
    const seen: Warning[] = [];
    const { warnings, emissions } = await smallTeacher({ featureSet: "full" }).teach(mlp0, {
      train: cornerData(90),
      dev: cornerData(18),
      onWarning: (warning) => seen.push(warning),
    });
    expect(warnings).toEqual(seen);
    expect(warnings).toEqual([{ kind: "dev-data", message: "dev.x.length is 18, expected 30." }]);
    expect(emissions[0]!.state.dev).toBeDefined();
  });

  test("none are refused, since training data can't judge what it trained", async () => {
    const left = await leaks(() =>
      expect(
        smallTeacher({ featureSet: "full" }).teach(mlp0, { train: cornerData(29) }),
      ).rejects.toMatchObject({
        code: "invalid-data",
        message:
          "This teacher looks at dev data, and there is none. Pass dev: { x, y }, or use a no-dev teacher.",
      }),
    );
    expect(left).toBe(0);
  });
});

test("each deviation from the recipe is a warning", async () => {
  const { warnings } = await smallTeacher().teach(mlp(), {
    train: cornerData(8),
    steps: 4,
    batchSize: 9,
    schedule: "constant",
    optimizer: { kind: "momentum", learningRate: 0.1, momentum: 0.5 },
  });
  expect(warnings.map(({ message }) => message)).toEqual([
    "learningRate is 0.1, expected 0.5.",
    "momentum is 0.5, expected undefined.",
    "kind is momentum, expected sgd.",
    "schedule is constant, expected cosine.",
    "steps is 4, expected 20.",
    "batchSize is 8, expected 15.",
  ]);
});

describe("a fixed loss in the same loop", () => {
  test("cross-entropy, step by step as tf.train.sgd on softmax cross-entropy", async () => {
    const recipe = { ...smallTeacher().manifest.recipe, schedule: "constant" as const };
    const [ours, theirs] = [mlp(), mlp()];
    const result = await teachFixed(ours, { loss: "cross-entropy", recipe, train, shuffle: false });
    expect(result.status).toBe("completed");
    theirs.compile({
      optimizer: tf.train.sgd(0.5),
      loss: (y: tf.Tensor, p: tf.Tensor) => tf.losses.softmaxCrossEntropy(y, p),
    });
    await theirs.fit(tf.tensor2d(train.x), tf.tensor2d(oneHot(train.y)), {
      batchSize: 15,
      epochs: 5,
      shuffle: false,
      yieldEvery: "never",
      verbose: 0,
    });
    const [a, b] = [weightsOf(ours), weightsOf(theirs)];
    for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5);
  });

  test("an unknown loss is refused", async () => {
    const { recipe } = smallTeacher().manifest;
    await expect(teachFixed(mlp(), { loss: "hinge" as "focal", recipe, train })).rejects.toThrow(
      /no fixed loss "hinge".*Choose one of cross-entropy, label-smoothing/,
    );
  });
});

test("a model of other classes is refused, and no fixed loss stands in", async () => {
  const four = cornerData(60, 4);
  await expect(smallTeacher().teach(mlp({ units: 4 }), { train: four })).rejects.toThrow(
    "The model's output has 4 units and the teacher 3 classes.",
  );
});

describe("batch norm and dropout", () => {
  const normed = () =>
    layers.sequential({
      layers: [
        layers.layers.dense({ units: 8, inputShape: [2], kernelInitializer: "ones", activation: "relu" }),
        layers.layers.batchNormalization(),
        layers.layers.dropout({ rate: 0.2 }),
        layers.layers.dense({ units: 3, kernelInitializer: "ones" }),
      ],
    });

  test("moving statistics move with training, and back with a diverged student's weights", async () => {
    const model = normed();
    const left = await leaks(async () => {
      const { status } = await smallTeacher().teach(model, { train });
      expect(status).toBe("completed");
    });
    expect(left).toBe(0);
    const moved = weightsOf(model);
    expect(moved).not.toEqual(weightsOf(normed()));
    let atFour: number[] = [];
    const { status, weightsOfStep } = await smallTeacher().teach(model, {
      train,
      onStep: ({ step }) => {
        if (step === 3) atFour = weightsOf(model);
        if (step === 4) model.setWeights(model.getWeights().map((w) => tf.mul(w, Number.NaN)));
      },
    });
    // The measurement at 5 saw sane logits of step 4, and weights of 5 that were NaN: those of 4 are put back.
    expect([status, weightsOfStep]).toEqual(["diverged", 4]);
    expect(weightsOf(model)).toEqual(atFour);
  });
});
