// A task of your own: npx lectern train --task ./docs/examples/my-task.ts --student mlp
// Ten classes of drawn shapes, which no built-in task has. Your own data come in the same two arrays.
import { generateGlyphs } from "@lectern/client/glyphs";
import type { CustomTask, CustomTaskOptions } from "@lectern/trainer/task";

export default function shapes({ spec }: CustomTaskOptions): CustomTask {
  const count = 5 * spec.subset + spec.devExamples + spec.validationExamples;
  const train = generateGlyphs({ count, seed: 1, classes: "shapes" });
  const test = generateGlyphs({ count: spec.testExamples, seed: 2, classes: "shapes" });
  return {
    classNames: train.classNames,
    inputShape: train.shape,
    // x: [count, height, width, 1], row by row; y: class indices from 0.
    train: { x: train.images, y: train.labels },
    test: { x: test.images, y: test.labels },
  };
}
