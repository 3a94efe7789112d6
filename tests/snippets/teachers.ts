import { generateSigningKey, serializeSafetensors, sha256Hex, signManifest } from "@lectern/shared/artifact";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";
import { featuresOf, initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { exampleManifest } from "../../shared/artifact/manifest-example.ts";
import { generateGlyphs } from "../../client/src/glyphs/index.ts";

/** What the documentation's teachers differ in. */
interface Kind {
  readonly name: string;
  readonly classes: readonly string[];
  readonly featureSet: Manifest["state"]["featureSet"];
  readonly recipe: Manifest["recipe"];
}

const sgd = { kind: "sgd", learningRate: 0.6, weightDecay: 0 } as const;
const kinds: readonly Kind[] = [
  {
    name: "glyphs",
    classes: generateGlyphs({ count: 0, seed: 0 }).classNames,
    featureSet: "full",
    recipe: { optimizer: sgd, schedule: "cosine", batchSize: 32, steps: 60 },
  },
  {
    name: "clusters",
    classes: ["red", "green", "blue"],
    featureSet: "no-dev",
    recipe: { optimizer: sgd, schedule: "cosine", batchSize: 16, steps: 60 },
  },
  {
    name: "word-tags",
    classes: ["word", "name", "number", "mark"],
    featureSet: "no-dev",
    recipe: { optimizer: sgd, schedule: "constant", batchSize: 8, steps: 20 },
  },
];

/**
 * The teachers that the documentation's pages pull: never meta-trained, family `mixed`, attention over 4 keys moved
 * apart, so that φ depends on the student's state.
 */
export async function makeDocumentedTeachers(): Promise<{ signed: SignedManifest; weights: Uint8Array }[]> {
  const key = await generateSigningKey();
  return Promise.all(
    kinds.map(async ({ name, classes, featureSet, recipe }) => {
      const architecture = { kind: "attention", keys: 4 } as const;
      const features = featuresOf(featureSet, classes.length);
      const spec: TeacherSpec = {
        family: "mixed",
        architecture,
        classes: classes.length,
        features: features.length,
      };
      const tensors = Object.fromEntries(
        Object.entries(initialTheta(spec, 7)).map(([part, { shape, data }]) => [
          part,
          { shape: [...shape], data: Float32Array.from(data, (value, i) => value + 0.02 * Math.sin(i + 1)) },
        ]),
      );
      const weights = serializeSafetensors(tensors, { format: "lectern-teacher" });
      const measurement = {
        everySteps: 20,
        devExamples: featureSet === "no-dev" ? 0 : 100,
        trainBatches: 5,
      };
      const manifest = exampleManifest({
        name,
        description: "For the documentation's tests.",
        classes: { count: classes.length, names: [...classes] },
        teacher: architecture,
        state: { featureSet, features, measurement },
        recipe,
        weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
        publisher: { name: "local", publicKey: key.publicKey },
      });
      return { signed: await signManifest(JSON.stringify(manifest), key), weights };
    }),
  );
}
