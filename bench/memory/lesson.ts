import * as tf from "@tensorflow/tfjs-core";
import { createBatches, openExamples, openStudent, teacherGuide } from "@lectern/client/lesson";
import type { OptimizerSpec } from "@lectern/shared/schema";
import {
  featuresOf,
  initialTheta,
  robustStart,
  stateVector,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { metricOf } from "../../trainer/src/hypergradient/index.ts";
import type { HypergradientProblem } from "../../trainer/src/hypergradient/index.ts";
import { buildLenet } from "../../trainer/src/student/index.ts";
import { createRandom } from "../../trainer/src/task/index.ts";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";

const classes = 10;
const inputShape = [28, 28, 1];
const measurement = { everySteps: 25, devExamples: 0, trainBatches: 4 };

/** Rates at which a LeNet stays stable for 10,000 steps under the robust start. */
export const optimizers: Readonly<Record<string, OptimizerSpec>> = {
  sgd: { kind: "sgd", learningRate: 0.02, weightDecay: 0 },
  momentum: { kind: "momentum", learningRate: 0.002, momentum: 0.9, weightDecay: 0 },
};

/**
 * A LeNet of 431,080 weights that learns pictures of ten noisy patterns, 8 a step, under a mixed teacher with 4 keys that
 * looks at training statistics every 25 steps; M on 200 other pictures.
 */
export async function openLenetLesson(
  optimizer: OptimizerSpec,
  steps: number,
  activation: "relu" | "tanh" = "relu",
): Promise<HypergradientProblem> {
  const model = buildLenet({ inputShape, classes, seed: 1, activation });
  const student = openStudent(model, classes, "logits");
  const features = featuresOf("no-dev", classes);
  const spec: TeacherSpec = {
    family: "mixed",
    architecture: { kind: "attention", keys: 4 },
    classes,
    features: features.length,
  };
  const theta = initialTheta(spec, 1, robustStart);
  const train = await openPictures(2000, 2, "train");
  return {
    student,
    spec,
    theta,
    guide: teacherGuide({ spec, theta, features, measurement }),
    stateOf: ({ state }) => stateVector(features, state),
    train,
    metaDev: await openPictures(200, 3, "meta-dev"),
    batches: createBatches(train.count, 8, 4),
    metric: metricOf("dev-cross-entropy"),
    recipe: { optimizer, schedule: "constant", batchSize: 8, steps },
  };
}

function openPictures(count: number, seed: number, what: string) {
  const pixels = inputShape.reduce((a, b) => a * b, 1);
  const patterns = randomNumbers(classes * pixels, 1);
  const noise = randomNumbers(count * pixels, seed);
  const x = noise.map((n, i) => {
    const label = Math.floor(i / pixels) % classes;
    return 0.3 * patterns[label * pixels + (i % pixels)]! + 0.7 * n;
  });
  const y = Int32Array.from({ length: count }, (_, i) => i % classes);
  const rows = tf.tensor(x, [count, ...inputShape]);
  return openExamples({ x: rows, y }, { classes, classNames: [], what }).finally(() => rows.dispose());
}

function randomNumbers(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => uniformFloat32(random));
}
