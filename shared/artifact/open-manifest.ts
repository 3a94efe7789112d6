import { demand } from "../errors/index.ts";
import type { Manifest } from "../schema/index.ts";
import { conform, type Sample } from "./conform.ts";
import { openRecipe } from "./open-recipe.ts";
import { readableFormatVersion } from "./patterns.ts";

/** As a sample, any number. */
const any = Number.NaN;

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
  recipe: { optimizer: {} },
  weights: { sha256: "[0-9a-f]{64}", bytes: 8 },
  publisher: { publicKey: "[^]+" },
};

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
