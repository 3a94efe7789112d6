import {
  serializeSafetensors,
  sha256Hex,
  signManifest,
  type SigningKey,
  type WeightTensors,
} from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import {
  lossFamily,
  manifest as manifestSchema,
  type EvaluationTable,
  type Manifest,
  type SignedManifest,
} from "@lectern/shared/schema";
import { featuresOf } from "@lectern/shared/teacher";
import type { z } from "zod";
import { createTask, describeAugmentation, loadTaskData, shortName } from "../task/index.ts";
import { readCheckpoint, readConfig, type ThetaValues, type TrainConfig } from "../train/index.ts";

/** A teacher as it is released: what publish uploads and `pull` leaves in a folder. */
export interface Artifact {
  readonly manifest: Manifest;
  readonly signed: SignedManifest;
  readonly weights: Uint8Array;
}

/** What its publisher says of a release. */
export interface ReleaseLabel {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** Publisher's name. */
  readonly publisher: string;
}

export interface ReleaseOptions extends ReleaseLabel {
  readonly key: SigningKey;
  readonly evaluation?: EvaluationTable;
  readonly dataDir?: string | undefined;
}

/** A release without its publisher: what a catalogue keeps, for whoever publishes it to sign. */
export interface Draft {
  readonly manifest: Omit<Manifest, "publisher">;
  readonly weights: Uint8Array;
}

/**
 * Makes a release of a run's best θ. Weights are float32 safetensors; the manifest says how the teacher was trained.
 * @throws LecternError `not-found` (no run there), `invalid-argument` (name, version… that the schema refuses)
 */
export async function composeRelease(run: string, options: ReleaseOptions): Promise<Artifact> {
  return signDraft(await draftRelease(run, options), options);
}

/** The same without the publisher's name and signature: the same bytes whoever makes it. */
export async function draftRelease(
  run: string,
  options: Omit<ReleaseOptions, "publisher" | "key">,
): Promise<Draft> {
  const config = await expectPublishable(run, { ...options, publisher: "nobody-yet" });
  const { best, metaStep } = await readCheckpoint(run);
  if (!best)
    throw new LecternError(
      "not-found",
      `${run} has no validated θ yet.`,
      "Let it train to its first validation.",
    );
  const task = createTask(await loadTaskData(config.task, { dataDir: options.dataDir }));
  const weights = serializeSafetensors(float32(best.theta), { format: "lectern-teacher" });
  const manifest = expectValid(manifestSchema.omit({ publisher: true }), {
    format: "lectern-teacher",
    formatVersion: 1,
    name: options.name,
    version: options.version,
    description: options.description,
    license: options.license,
    classes: { count: task.classNames.length, names: [...task.classNames] },
    tasks: [...new Set([config.task, ...(config.also ?? [])].map((one) => shortName(one.name)))],
    loss: { family: config.teacher.family },
    teacher: config.teacher.architecture,
    state: {
      featureSet: config.teacher.featureSet,
      features: featuresOf(config.teacher.featureSet, task.classNames.length),
      measurement: config.teacher.measurement,
    },
    recipe: config.recipe,
    weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.byteLength },
    provenance: provenanceOf(config, metaStep, best.metaStep, options.evaluation),
  });
  return { manifest, weights };
}

/** Signs a draft as its publisher: the same draft, name and key give the same bytes. */
export async function signDraft(
  { manifest: draft, weights }: Draft,
  { publisher, key }: Pick<ReleaseOptions, "publisher" | "key">,
): Promise<Artifact> {
  const manifest = expectValid(manifestSchema, {
    ...draft,
    publisher: { name: publisher, publicKey: key.publicKey },
  });
  const signed = await signManifest(`${JSON.stringify(manifest, undefined, 2)}\n`, key);
  return { manifest, signed, weights };
}

const labelSchema = manifestSchema
  .pick({ name: true, version: true, description: true, license: true })
  .extend({ publisher: manifestSchema.shape.publisher.shape.name })
  .strip();

function expectValid<T>(schema: z.ZodType<T>, candidate: unknown): T {
  const parsed = schema.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new LecternError(
    "invalid-argument",
    `The release's ${path.join(".")} isn't valid: ${message}.`,
    "Change that flag.",
  );
}

/**
 * What can be known before a key is made or data are read. Whoever pulls a teacher has the families that the manifest's
 * format names, and no others.
 * @throws LecternError `not-found` (no run there), `unsupported` (a family of one's own), `invalid-argument` (the label)
 */
export async function expectPublishable(run: string, label: ReleaseLabel): Promise<TrainConfig> {
  expectValid(labelSchema, label);
  const config = await readConfig(run);
  const { family, architecture } = config.teacher;
  if (architecture.kind === "memory")
    throw new LecternError(
      "unsupported",
      "This run's teacher has a memory, and manifests of format 1 name teachers that read the present state only.",
      "Train and evaluate it here; to publish, train with --architecture attention or gate.",
    );
  if (lossFamily.safeParse(family).success) return config;
  throw new LecternError(
    "unsupported",
    `This run's loss family is the module ${family}, and manifests of format 1 name ${lossFamily.options.join(", ")} only.`,
    "Train and evaluate it here; to publish, train with a built-in --family.",
  );
}

/** A further task as provenance has it. */
const briefly = ({ name, subset, labelNoise, imbalance }: TrainConfig["task"]) => ({
  name: shortName(name),
  subset,
  labelNoise,
  imbalance,
});

function provenanceOf(
  config: TrainConfig,
  metaSteps: number,
  chosen: number,
  evaluation?: EvaluationTable,
): Manifest["provenance"] {
  const { subset, labelNoise, imbalance, confusion, conditions, augment, devExamples } = config.task;
  const name = shortName(config.task.name);
  return {
    trainer: "lectern 0.1.0",
    task: name,
    dataset: {
      name,
      subset,
      labelNoise,
      imbalance,
      ...(confusion && { confusion }),
      ...(conditions && { conditions: JSON.stringify(conditions) }),
      ...(config.also && { also: JSON.stringify(config.also.map(briefly)) }),
      ...(augment && { augmentation: describeAugmentation(augment) }),
      metaDevExamples: devExamples,
      chosenAtMetaStep: chosen,
    },
    students: [shortName(config.student.name)],
    estimator: config.estimator,
    metric: config.metric,
    metaSteps,
    seed: config.seed,
    evaluation: evaluation ?? null,
  };
}

const float32 = (theta: ThetaValues): WeightTensors =>
  Object.fromEntries(
    Object.entries(theta).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float32Array.from(data) },
    ]),
  );
