// By path: client's glyphs are for its page and for us, not a part of its public API.
import { generateGlyphs } from "../../../client/src/glyphs/index.ts";
import { sharedFloats, sharedLabels } from "../data/index.ts";
import type { Dataset } from "../data/index.ts";
import type { TaskSpec } from "./spec.ts";
import type { TaskData } from "./task.ts";

/** Apart from each other, and the same for every run, like the files of MNIST. */
const trainSeed = 1;
const testSeed = 2;
/** Both pools together, unless the subset asks for more. */
const pooled = 20_000;

/** Generated digits: enough for the pools, meta-dev and validation, and a test set from another seed. */
export function loadGlyphs(spec: TaskSpec): TaskData {
  const pools = Math.max(pooled, 5 * spec.subset);
  return {
    spec,
    train: draw(pools + spec.devExamples + spec.validationExamples, trainSeed),
    test: draw(spec.testExamples, testSeed),
    note: "Generated images: see client/src/glyphs.",
  };
}

function draw(count: number, seed: number): Dataset {
  const { images, labels: drawn, shape, classNames } = generateGlyphs({ count, seed });
  const values = sharedFloats(images.length);
  values.set(images);
  const labels = sharedLabels(count);
  labels.set(drawn);
  return { values, divisor: 1, labels, shape, classNames, count };
}
