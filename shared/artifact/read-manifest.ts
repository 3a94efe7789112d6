import { LecternError } from "../errors/index.ts";
import type { Manifest } from "../schema/index.ts";
import {
  asObject,
  type Check,
  list,
  nullable,
  number,
  object,
  oneOf,
  record,
  refuse,
  text,
  variant,
  withDefault,
} from "./checks.ts";
import { base64Pattern, digestPattern, namePattern, versionPattern } from "./patterns.ts";

const readableFormatVersion = 1;

export const nameCheck = text({
  pattern: namePattern,
  kind: "2–64 lower-case letters, digits and single hyphens",
});
export const versionCheck = text({ pattern: versionPattern, kind: "a semantic version such as 1.2.0" });
export const digestCheck = text({ pattern: digestPattern, kind: "64 lower-case hexadecimal digits" });
export const base64Check = text({ pattern: base64Pattern, kind: "standard base64 with padding" });

const atLeast = (min: number) => number({ min, whole: true });
const rate = number({ above: 0 });
const decay = withDefault(number({ min: 0 }), 0);
const fraction = number({ min: 0, below: 1 });
const label = text({ min: 1, max: 64 });
const anyText = text();
const anyNumber = number();
const scalar: Check<string | number | boolean> = (value, path) => {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Number.isFinite(value)) return value as number;
  throw refuse(path, value, "a string, finite number or boolean");
};

const evaluationCheck = object({
  setting: anyText,
  metric: anyText,
  pairedSeeds: atLeast(1),
  rows: list(
    object({
      loss: anyText,
      learningRate: rate,
      parameters: record(anyNumber),
      error: object({ mean: anyNumber, low: anyNumber, high: anyNumber }),
      pValue: nullable(number({ min: 0, max: 1 })),
    }),
  ),
});

const manifestCheck = object({
  format: oneOf("lectern-teacher"),
  formatVersion: oneOf(readableFormatVersion),
  name: nameCheck,
  version: versionCheck,
  description: text({ max: 2000 }),
  license: label,
  classes: object({
    count: number({ min: 2, max: 4096, whole: true }),
    names: list(text({ min: 1, max: 128 }), 2),
  }),
  tasks: list(label, 1),
  loss: object({ family: oneOf("bilinear", "mixed", "gain") }),
  teacher: variant({
    attention: object({ kind: oneOf("attention"), keys: number({ min: 1, max: 1024, whole: true }) }),
    gate: object({ kind: oneOf("gate") }),
  }),
  state: object({
    featureSet: oneOf("full", "pooled", "no-dev"),
    features: list(object({ name: label, offset: anyNumber, scale: anyNumber }), 1),
    measurement: object({ everySteps: atLeast(1), devExamples: atLeast(0), trainBatches: atLeast(1) }),
  }),
  recipe: object({
    optimizer: variant({
      sgd: object({ kind: oneOf("sgd"), learningRate: rate, weightDecay: decay }),
      momentum: object({
        kind: oneOf("momentum"),
        learningRate: rate,
        momentum: fraction,
        weightDecay: decay,
      }),
      adam: object({
        kind: oneOf("adam"),
        learningRate: rate,
        beta1: withDefault(fraction, 0.9),
        beta2: withDefault(fraction, 0.999),
        epsilon: withDefault(rate, 1e-7),
        weightDecay: decay,
      }),
    }),
    schedule: oneOf("constant", "cosine"),
    batchSize: atLeast(1),
    steps: atLeast(1),
  }),
  weights: object({ format: oneOf("safetensors"), sha256: digestCheck, bytes: atLeast(8) }),
  provenance: object({
    trainer: anyText,
    task: anyText,
    dataset: record(scalar),
    students: list(anyText, 1),
    estimator: anyText,
    metric: anyText,
    metaSteps: atLeast(0),
    seed: number({ whole: true }),
    evaluation: nullable(evaluationCheck),
  }),
  publisher: object({ name: nameCheck, publicKey: base64Check }),
});

/**
 * Reads a manifest's text. It accepts what the schema `manifest` of ../schema accepts, and fills in the same defaults,
 * without zod.
 *
 * @throws LecternError `unsupported` for a format version after this client's; `invalid-artifact`, naming the field, else
 * @example
 * ```ts
 * const manifest = readManifest(signed.manifest); // after verifySignedManifest(signed)
 * ```
 */
export function readManifest(json: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new LecternError(
      "invalid-artifact",
      "The manifest isn't JSON.",
      "Fetch the teacher again; its manifest is truncated or altered.",
      { cause },
    );
  }
  const { format, formatVersion } = asObject(value, "manifest");
  if (
    format === "lectern-teacher" &&
    Number.isSafeInteger(formatVersion) &&
    Number(formatVersion) > readableFormatVersion
  ) {
    throw new LecternError(
      "unsupported",
      `The teacher has manifest format ${formatVersion}, this client reads up to ${readableFormatVersion}.`,
      "Update @lectern/client, or pull an older version of the teacher.",
    );
  }
  return manifestCheck(value, "manifest");
}
