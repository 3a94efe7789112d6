import { LecternError } from "../errors/index.ts";
import type { Manifest } from "../schema/index.ts";
import { broken } from "./broken.ts";
import {
  asObject,
  check,
  is,
  matching,
  nullable,
  real,
  record,
  type Shape,
  text,
  variant,
  whole,
  withDefault,
} from "./checks.ts";
import {
  base64Pattern,
  digestPattern,
  namePattern,
  readableFormatVersion,
  versionPattern,
} from "./patterns.ts";

export const nameCheck = matching(namePattern, "a name like my-glyphs");
export const versionCheck = matching(versionPattern, "a version such as 1.2.0");
export const digestCheck = matching(digestPattern, "64 hexadecimal digits");
export const base64Check = matching(base64Pattern, "base64");

const rate = real(" above 0", (x) => x > 0);
const atLeast0 = real(" of at least 0", (x) => x >= 0);
const decay = withDefault(atLeast0, 0);
const fraction = real(" from 0 to below 1", (x) => x >= 0 && x < 1);
const label = text(64, 1);
const anyText = text();
const anyNumber = real();
const count = whole(1);

const base = { learningRate: rate, weightDecay: decay };
const mean = (fallback: number) => withDefault(fraction, fallback);
const epsilon = withDefault(rate, 1e-7);
const moments = { ...base, beta1: mean(0.9), beta2: mean(0.999), epsilon };
const rootMeanSquare = { ...base, decay: mean(0.9), momentum: mean(0), epsilon };

const recipeShape: Shape = {
  optimizer: variant({
    sgd: base,
    momentum: { ...base, momentum: fraction },
    adam: moments,
    nesterov: { ...base, momentum: fraction },
    rmsprop: rootMeanSquare,
    "centered-rmsprop": rootMeanSquare,
    adagrad: { ...base, initialAccumulatorValue: withDefault(atLeast0, 0.1) },
    adadelta: { ...base, rho: mean(0.95), epsilon },
    adamax: { ...moments, decay },
  }),
  schedule: "constant|cosine|step|wide-step",
  batchSize: count,
  steps: count,
};

const evaluationShape: Shape = {
  setting: anyText,
  metric: anyText,
  pairedSeeds: count,
  rows: [
    {
      loss: anyText,
      learningRate: rate,
      parameters: record(anyNumber),
      error: { mean: anyNumber, low: anyNumber, high: anyNumber },
      pValue: nullable(real(" from 0 to 1", (x) => x >= 0 && x <= 1)),
    },
  ],
};

const manifestShape: Shape = {
  format: "lectern-teacher",
  formatVersion: whole(1, readableFormatVersion),
  name: nameCheck,
  version: versionCheck,
  description: text(2000),
  license: label,
  classes: { count: whole(2, 4096), names: [text(128, 1), 2] },
  tasks: [label, 1],
  loss: { family: "bilinear|mixed|gain|invariant|taylor" },
  teacher: variant({ attention: { keys: whole(1, 1024) }, gate: {} }),
  state: {
    featureSet: "full|pooled|no-dev|time|demo",
    features: [{ name: label, offset: anyNumber, scale: anyNumber }, 1],
    measurement: { everySteps: count, devExamples: whole(0), trainBatches: count },
  },
  recipe: recipeShape,
  weights: { format: "safetensors", sha256: digestCheck, bytes: whole(8) },
  provenance: {
    trainer: anyText,
    task: anyText,
    dataset: record(is("a string, number or boolean", (x) => /^(s|b)/.test(typeof x) || Number.isFinite(x))),
    students: [anyText, 1],
    estimator: anyText,
    metric: anyText,
    metaSteps: whole(0),
    seed: whole(-Infinity),
    evaluation: nullable(evaluationShape),
  },
  publisher: { name: nameCheck, publicKey: base64Check },
};

/**
 * Reads the whole of a manifest's text, for tools that keep or publish it. It accepts what the schema `manifest` of ../schema accepts, and fills in the same defaults,
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
    throw broken("The manifest isn't JSON.", cause);
  }
  const { format, formatVersion } = asObject(value, "manifest");
  if (
    format === "lectern-teacher" &&
    Number.isSafeInteger(formatVersion) &&
    Number(formatVersion) > readableFormatVersion
  ) {
    throw new LecternError(
      "unsupported",
      `The manifest has format ${formatVersion}, expected at most ${readableFormatVersion}.`,
      "Update @lectern/client.",
    );
  }
  return check(manifestShape, value, "manifest") as Manifest;
}
