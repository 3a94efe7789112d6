import { demand, type ErrorCode } from "../errors/index.ts";
import type { Manifest, OptimizerSpec, Recipe } from "../schema/index.ts";
import { conform, show, type Sample } from "./conform.ts";
import { readableFormatVersion } from "./patterns.ts";

/** As a sample, any number; as a default, none. */
const any = Number.NaN;
const numbers = { learningRate: any, weightDecay: 0 };

/** Each optimizer's numbers with the format's defaults; NaN where there is none. Registering optimizers adds theirs. */
export const optimizerNumbers = new Map<string, Readonly<Record<string, number>>>([
  ["sgd", numbers],
  ["momentum", { ...numbers, momentum: any }],
  ["adam", { ...numbers, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }],
]);

const recipe = {
  optimizer: {},
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
    features: [{ name: "[^]+", offset: any, scale: any }],
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
  },
  weights: { sha256: "[0-9a-f]{64}", bytes: 8 },
  publisher: { publicKey: "[^]+" },
};

/**
 * A recipe as a manifest has it, or what a caller wants instead; defaults filled in.
 * @throws LecternError of that code, naming the field; `unsupported` for an optimizer that isn't registered
 */
export function openRecipe(value: unknown, code: ErrorCode = "invalid-artifact"): Recipe {
  conform(value, recipe, "recipe", code);
  const { optimizer, ...rest } = value as Recipe;
  const defaults = optimizerNumbers.get(optimizer.kind);
  demand(
    defaults,
    "unsupported",
    `recipe.optimizer.kind is ${show(optimizer.kind)}, expected ${[...optimizerNumbers.keys()].join("|")}`,
    "Call registerOptimizers of @lectern/client/optimizers.",
  );
  const filled = { ...defaults, ...optimizer } as OptimizerSpec & Record<string, unknown>;
  for (const name in defaults)
    demand(
      Number.isFinite(filled[name]) && (filled[name] as number) >= 0,
      code,
      `recipe.optimizer.${name} is ${show(filled[name])}, expected a number of at least 0`,
    );
  return { ...rest, optimizer: filled };
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
    demand(false, "invalid-artifact", "The manifest isn't JSON", undefined, cause);
  }
  demand(
    !(value?.formatVersion > readableFormatVersion),
    "unsupported",
    `The manifest has format ${value?.formatVersion}, expected at most ${readableFormatVersion}`,
  );
  conform(value, manifest, "manifest");
  return { ...value, recipe: openRecipe(value.recipe) };
}
