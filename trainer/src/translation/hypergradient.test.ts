import * as tf from "@tensorflow/tfjs-core";
import { teacherGuide, type Emission, type TeacherNetwork } from "@lectern/client/lesson";
import type { Recipe } from "@lectern/shared/schema";
import {
  emit,
  familyOf,
  featuresOf,
  initialTheta,
  lowRank,
  plainAlgebra,
  registerFamily,
  registerFurtherFamilies,
  robustStart,
  stateVector,
  weightedMean,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { estimatorOf } from "../hypergradient/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { padPairs, type EncodedPair } from "./data/buckets.ts";
import { openTranslationLesson } from "./lesson.ts";
import { tokenCrossEntropy } from "./loss/metrics.ts";
import { embed } from "./network/pieces.ts";
import type { Network } from "./network/network.ts";

const V = 6;
/** Logits are the last word's row of a table: a student that float64 can follow without TensorFlow.js. */
const bigram: Network = {
  name: "bigram",
  vocabulary: V,
  shapes: { "table/kernel": [V, V] },
  encode: () => ({}),
  decode: (w, _, prefix) => embed(w("table/kernel"), prefix),
  project: (_, hidden) => hidden,
};

const pairs: readonly EncodedPair[] = [
  { source: [4], target: [4, 5, 3] },
  { source: [5], target: [5] },
  { source: [4, 5], target: [3, 4] },
  { source: [3], target: [5, 4] },
];
const dev: readonly EncodedPair[] = [
  { source: [4], target: [5, 4] },
  { source: [4], target: [3, 5, 5] },
];
const recipe: Recipe = {
  optimizer: { kind: "sgd", learningRate: 1.5, weightDecay: 0 },
  schedule: "cosine",
  batchSize: 2,
  steps: 4,
};

beforeAll(async () => {
  await useBackend("cpu");
  installOverlay();
});

const A = plainAlgebra(Float64Array);

/** The rows of padded pairs that a bigram student's loss sees: the word before, the target, the weight. */
function rowsOf(padded: readonly EncodedPair[], width: number) {
  const before: number[] = [];
  const target: number[] = [];
  const weights: number[] = [];
  for (const { target: words } of padded)
    for (let i = 0; i < width; i++) {
      const word = [...words, 2][i];
      before.push([1, ...words][i] ?? 0);
      target.push(...Array.from({ length: V }, (_, k) => (k === word ? 1 : 0)));
      weights.push(word === undefined ? 0 : 1);
    }
  const n = before.length;
  return { before, target: A.tensor(target, [n, V]), weights: A.tensor(weights, [n]) };
}

beforeAll(() => {
  registerFamily("low-rank", lowRank({ rank: 2, smoothing: 0.2, logBounded: 0 }));
  registerFurtherFamilies();
});

/** Which numbers of θ are moved, of each block. */
const lowRankPlaces = {
  A: [0, 5, 11, 17, 23],
  B: [4, 9, 16, 21],
  b: [3, 5, 10],
  d: [2, 4, 5, 11],
  c: [0, 1, 2, 4],
  V: [0, 3, 7, 11],
};
const invariantPlaces = { c: [0, 1, 2, 4, 5, 8], w: [3, 20, 47, 60, 90], co: [0, 5, 11], V: [0, 3, 7, 11] };

test.each([
  ["low-rank", lowRankPlaces],
  ["invariant", invariantPlaces],
])(
  "dM/dθ of masked tokens under a teacher of the family %s is that of central differences in float64",
  async (family, moving) => {
    const { losses } = familyOf(family);
    const features = featuresOf("no-dev", V);
    const spec = {
      family,
      architecture: { kind: "attention", keys: 2 },
      classes: V,
      features: features.length,
    } as const;
    const start = initialTheta(spec, 3, { ...robustStart, readerSpread: 0.4, timeSharpness: 2 });
    // Keys that differ, so that V matters.
    const theta: Record<string, PlainTensor> = Object.fromEntries(
      Object.entries(start).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((v, i) => v + 0.1 * Math.sin(3 * i + name.length)) },
      ]),
    );
    const teacher: TeacherNetwork = {
      spec,
      features,
      theta,
      measurement: { everySteps: 2, devExamples: 0, trainBatches: 1 },
    };
    const lesson = openTranslationLesson({ network: bigram, pairs, recipe, seed: 11 });
    const table = Float64Array.from(lesson.student.variables[0]!.dataSync());
    const metaDev = padPairs(dev, 4, V);
    const { status, dTheta, metric, emissions } = await estimatorOf("store").estimate({
      ...lesson,
      spec,
      theta,
      guide: teacherGuide(teacher),
      stateOf: ({ state }) => stateVector(features, state),
      metaDev,
      metric: tokenCrossEntropy,
    });
    expect(status).toBe("ok");

    /** Which pairs each step saw, told by the tensors that it saw. */
    const batches = Array.from({ length: recipe.steps }, (_, step) => {
      const indices = lesson.batches.indices(step);
      const [words, width] = [lesson.train.x.arraySync() as number[][][], lesson.train.x.shape[2]!];
      const seen = Array.from(indices, (i) => {
        const [source, target] = words[i]!;
        const ended = source!.indexOf(2);
        return pairs.find(
          (pair) =>
            String(pair.source) === String(source!.slice(0, ended)) &&
            pair.target.every((word, k) => target![k + 1] === word),
        )!;
      });
      return rowsOf(seen, width);
    });
    const rowsOfDev = rowsOf(dev, 4);
    const loss = (
      phi: Record<string, PlainTensor>,
      at: Float64Array,
      rows: ReturnType<typeof rowsOf>,
    ): number => {
      const logits = A.tensor(
        rows.before.flatMap((word) => [...at.subarray(word * V, (word + 1) * V)]),
        [rows.before.length, V],
      );
      return weightedMean(A, losses(A, phi, logits, rows.target), rows.weights).data[0]!;
    };
    const learn = (own: typeof theta): number => {
      let at = Float64Array.from(table);
      for (const [step, rows] of batches.entries()) {
        const emission: Emission = emissions[Math.floor(step / 2)]!;
        const phi = emit(
          A,
          spec,
          own,
          A.tensor(stateVector(features, emission.state), [features.length]),
        ) as Record<string, PlainTensor>;
        const rate = (1.5 * (1 + Math.cos((Math.PI * step) / recipe.steps))) / 2;
        at = at.map((w, i) => {
          const moved = (by: number) => loss(phi, at.with(i, w + by), rows);
          return w - (rate * (moved(1e-4) - moved(-1e-4))) / 2e-4;
        });
      }
      const logits = A.tensor(
        rowsOfDev.before.flatMap((word) => [...at.subarray(word * V, (word + 1) * V)]),
        [rowsOfDev.before.length, V],
      );
      const right = A.sum(A.mul(A.logSoftmax(logits), rowsOfDev.target), 1).data;
      return -Array.from(right).reduce((a, b) => a + b, 0) / right.length;
    };
    expect(metric).toBeCloseTo(learn(theta), 5);
    for (const [name, places] of Object.entries(moving))
      for (const place of places) {
        const moved = (by: number) => {
          const { shape, data } = theta[name]!;
          return learn({ ...theta, [name]: { shape, data: data.map((v, i) => (i === place ? v + by : v)) } });
        };
        const central = (moved(1e-3) - moved(-1e-3)) / 2e-3;
        const exact = dTheta![name]!.data[place]!;
        expect(Math.abs(exact - central)).toBeLessThan(1e-5 + 1e-3 * Math.abs(central));
        // Something is there to be checked.
        if (name === "c" && place < 2) expect(Math.abs(central)).toBeGreaterThan(1e-4);
      }
    metaDev.dispose();
    lesson.dispose();
    expect(tf.memory().numTensors).toBe(0);
  },
);
