import { generateSigningKey, serializeSafetensors, sha256Hex, signManifest } from "@lectern/shared/artifact";
import type { SignedManifest } from "@lectern/shared/schema";
import { featuresOf, initialTheta, registerFurtherFamilies, type TeacherSpec } from "@lectern/shared/teacher";
import { generateGlyphs } from "../../client/src/glyphs/index.ts";
import { exampleManifest } from "../../shared/artifact/manifest-example.ts";

/** One publisher's, for all teachers of a test. */
const key = await generateSigningKey();

/** What to publish another one as. */
interface Changes {
  readonly name: string;
  readonly description: string;
  readonly tasks: readonly string[];
  readonly classNames: readonly string[];
  /** One whose teachers serve any classes; `mixed` otherwise. */
  readonly family?: "invariant";
}

/** A teacher of three flowers, who can't teach digits. */
export const flowers: Changes = {
  name: "small-flowers",
  description: "Knows flowers.",
  tasks: ["flowers"],
  classNames: ["daisy", "poppy", "rose"],
};

/** A teacher of any classes, meta-trained on none. */
export const anyClasses: Changes = {
  name: "any-classes",
  description: "Knows no classes.",
  tasks: ["tables"],
  classNames: ["yes", "no"],
  family: "invariant",
};

const glyphs: Changes = {
  name: "small-glyphs",
  description: "For the browser test.",
  tasks: ["glyphs"],
  classNames: generateGlyphs({ count: 0, seed: 0 }).classNames,
};

/**
 * A teacher, of ten digits by default, never meta-trained: family `mixed`, attention over 4 keys that start at the robust loss and
 * were moved apart, so that its φ depends on the student's state. Signed with a key made here.
 */
export async function makeSmallTeacher({
  name,
  description,
  tasks,
  classNames,
  family,
}: Changes = glyphs): Promise<{
  signed: SignedManifest;
  weights: Uint8Array;
}> {
  registerFurtherFamilies();
  const featureSet = family ? "pooled" : "full";
  const features = featuresOf(featureSet, classNames.length);
  const architecture = { kind: "attention", keys: 4 } as const;
  const spec: TeacherSpec = {
    family: family ?? "mixed",
    architecture,
    classes: classNames.length,
    features: features.length,
  };
  const weights = serializeSafetensors(
    Object.fromEntries(
      Object.entries(initialTheta(spec, 7)).map(([name, { shape, data }]) => [
        name,
        { shape: [...shape], data: Float32Array.from(data, (value, i) => value + 0.02 * Math.sin(i + 1)) },
      ]),
    ),
    { format: "lectern-teacher" },
  );
  const manifest = exampleManifest({
    name,
    description,
    tasks: [...tasks],
    classes: { count: classNames.length, names: [...classNames] },
    ...(family && { loss: { family } }),
    teacher: architecture,
    state: {
      featureSet,
      features,
      measurement: { everySteps: 10, devExamples: 100, trainBatches: 2 },
    },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.6, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 32,
      steps: 120,
    },
    weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
    publisher: { name: "local", publicKey: key.publicKey },
  });
  return { signed: await signManifest(JSON.stringify(manifest), key), weights };
}
