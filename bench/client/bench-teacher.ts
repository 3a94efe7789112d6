import { createTeacher, type Teacher } from "@lectern/client";
import { featuresOf, initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { exampleManifest } from "../../shared/artifact/manifest-example.ts";
import { classes } from "./students.ts";

/** As the shipped teachers that look at dev data have it. */
export const measurement = { everySteps: 25, devExamples: 1000, trainBatches: 4 };

/** A teacher of the family and size that is shipped, moved apart from its start so that φ changes with the student. */
export function benchTeacher(): Teacher {
  const features = featuresOf("full", classes);
  const architecture = { kind: "attention", keys: 8 } as const;
  const spec: TeacherSpec = { family: "mixed", architecture, classes, features: features.length };
  const tensors = Object.fromEntries(
    Object.entries(initialTheta(spec, 7)).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float32Array.from(data, (value, i) => value + 0.02 * Math.sin(i + 1)) },
    ]),
  );
  const manifest = exampleManifest({
    classes: { count: classes, names: Array.from({ length: classes }, (_, k) => `class-${k}`) },
    teacher: architecture,
    state: { featureSet: "full", features, measurement },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.02, weightDecay: 0 },
      schedule: "constant",
      batchSize: 32,
      steps: 100,
    },
  });
  return createTeacher({ manifest, tensors });
}
