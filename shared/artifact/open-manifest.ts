import { demand, LecternError, type ErrorCode } from "../errors/index.ts";
import type { Manifest, OptimizerSpec, Recipe } from "../schema/index.ts";
import { broken } from "./broken.ts";
import { conform, show, type Sample } from "./conform.ts";
import { readableFormatVersion } from "./patterns.ts";

const numbers = { learningRate: Number.NaN, weightDecay: 0 };

/** Each optimizer's numbers with the format's defaults; NaN where there is none. */
const optimizers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  sgd: numbers,
  momentum: { ...numbers, momentum: Number.NaN },
  adam: { ...numbers, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
};

const recipe = {
  optimizer: { kind: "sgd|momentum|adam" },
  schedule: "constant|cosine",
  batchSize: 1,
  steps: 1,
};

const manifest: Sample = {
  format: "lectern-teacher",
  formatVersion: 1,
  name: "[a-z0-9-]+",
  version: "\\d[\\w.-]+",
  classes: { count: 2, names: ["[^]+"] },
  loss: { family: "[^]+" },
  teacher: { kind: "attention|gate" },
  state: {
    features: [{ name: "[^]+", offset: Number.NaN, scale: Number.NaN }],
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
  },
  weights: { sha256: "[0-9a-f]{64}", bytes: 8 },
  publisher: { publicKey: "[^]+" },
};

/**
 * A recipe as a manifest has it, or what a caller wants instead; defaults filled in.
 * @throws LecternError of that code, naming the field
 */
export function openRecipe(value: unknown, code: ErrorCode = "invalid-artifact"): Recipe {
  conform(value, recipe, "recipe", code);
  const { optimizer, ...rest } = value as Recipe;
  const defaults = optimizers[optimizer.kind]!;
  const filled = { ...defaults, ...optimizer };
  for (const name of Object.keys(defaults)) {
    const value: unknown = filled[name as "kind"];
    demand(
      Number.isFinite(value) && Number(value) >= 0,
      code,
      `recipe.optimizer.${name} is ${show(value)}, expected a number of at least 0`,
    );
  }
  return { ...rest, optimizer: filled as unknown as OptimizerSpec };
}

/**
 * Opens a manifest's text for teaching: checks the format, its version, and the fields that a client uses; the others
 * are handed on as they are. `readManifest` checks all of them, at several times the bytes.
 *
 * @throws LecternError `unsupported` for a format version after this client's; `invalid-artifact`, naming the field, else
 */
export function openManifest(json: string): Manifest {
  let value: Manifest;
  try {
    value = JSON.parse(json) as Manifest;
  } catch (cause) {
    throw broken("The manifest isn't JSON.", cause);
  }
  if (value?.formatVersion > readableFormatVersion)
    throw new LecternError(
      "unsupported",
      `The manifest has format ${value.formatVersion}, expected at most ${readableFormatVersion}.`,
    );
  conform(value, manifest, "manifest");
  return { ...value, recipe: openRecipe(value.recipe) };
}
