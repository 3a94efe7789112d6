import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { optimizer } from "@lectern/shared/schema";
import { useBackend } from "../backend/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { estimatorOf } from "./estimator-name.ts";
import { openSmallProblem } from "./estimators.fixture.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

/** ε is large where the first step would else be a sign's, whose difference quotients say little. */
const optimizers = [
  { kind: "nesterov", learningRate: 0.1, momentum: 0.9 },
  { kind: "rmsprop", learningRate: 0.02, momentum: 0.5, epsilon: 1e-2 },
  { kind: "centered-rmsprop", learningRate: 0.02, decay: 0.5, epsilon: 1e-2 },
  { kind: "adagrad", learningRate: 0.2 },
  { kind: "adadelta", learningRate: 1, epsilon: 1e-2 },
  { kind: "adamax", learningRate: 0.05, epsilon: 1e-2 },
].map((spec) => optimizer.parse({ ...spec, weightDecay: 1e-2 }));

test.each(optimizers)(
  "$kind: a lesson's hypergradient is its metric's slope, and a replay's",
  async (spec) => {
    const small = await openSmallProblem({ optimizer: spec, steps: 8 });
    const { theta } = small.problem;
    const run = (name: string) => {
      small.reset();
      return estimatorOf(name).estimate(small.problem);
    };
    const before = tf.memory().numTensors;
    const stored = await run("store");
    expect(stored.status).toBe("ok");
    expect(await run("checkpoint:2")).toEqual(stored);
    expect(tf.memory().numTensors).toBe(before);
    const gradients = Object.entries(stored.dTheta!);
    const norm = Math.hypot(...gradients.flatMap(([, { data }]) => Array.from(data)));
    const metricAt = async (distance: number): Promise<number> => {
      const move = (by: number): void => {
        for (const [name, { data }] of gradients)
          for (const [i, value] of data.entries()) theta[name]!.data[i]! += (by * value) / norm;
      };
      move(distance);
      const { metric } = await run("store");
      move(-distance);
      return metric;
    };
    const slope = ((await metricAt(0.05)) - (await metricAt(-0.05))) / 0.1;
    expect(Math.abs(slope / norm - 1)).toBeLessThan(2e-2);
    small.dispose();
  },
);
