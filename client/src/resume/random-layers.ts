import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { LessonRecord } from "./save-format.ts";

/** Layers that draw from Math.random as TensorFlow.js 4.22 has them, whatever seed they are given. */
const neverSeeded = new Set(["GaussianNoise", "GaussianDropout", "AlphaDropout"]);

/**
 * Why a lesson that goes on may not give the bits of one that was never interrupted: each a sentence; none where it
 * does.
 */
export function inexactness(model: LayersModel, saved: LessonRecord | undefined, backend: string): string[] {
  const reasons: string[] = [];
  if (saved && saved.backend !== backend)
    reasons.push(`It was saved on ${saved.backend} and goes on on ${backend}, which rounds in another way.`);
  if (saved?.status === "running") for (const layer of randomLayers(model)) reasons.push(layer);
  return reasons;
}

function randomLayers(model: LayersModel): string[] {
  return model.layers.flatMap((layer) => {
    const kind = layer.getClassName();
    const config = layer.getConfig();
    if ("layers" in layer) return randomLayers(layer as unknown as LayersModel);
    if (kind.endsWith("Dropout") && !neverSeeded.has(kind) && config["rate"])
      return typeof config["seed"] === "number"
        ? []
        : [`The layer ${layer.name} drops by Math.random: give it a seed, and it drops the same each time.`];
    if (neverSeeded.has(kind)) return [`The layer ${layer.name} draws from Math.random, and takes no seed.`];
    if (config["dropout"] || config["recurrentDropout"] || config["recurrent_dropout"])
      return [`The layer ${layer.name} drops by Math.random: TensorFlow.js gives recurrent layers no seed.`];
    return [];
  });
}
