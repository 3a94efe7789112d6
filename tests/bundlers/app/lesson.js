// Plain JavaScript, as a user writes it: every way to run the published client runs this very file.
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import { generateGlyphs } from "@lectern/client/glyphs";

export const teacherName = "small-glyphs@^1.0";
export const steps = 30;
export const seed = 3;

export function buildStudent() {
  const kernelInitializer = initializers.glorotUniform({ seed: 5 });
  return sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 1] }),
      layers.dense({ units: 16, activation: "relu", kernelInitializer }),
      layers.dense({ units: 10, kernelInitializer }),
    ],
  });
}

export const drawData = () => ({ train: draw(320, 11), dev: draw(100, 12) });

function draw(count, seed) {
  const { images, labels, shape } = generateGlyphs({ count, seed, size: 8 });
  return { x: tf.tensor(images, [count, ...shape]), y: tf.tensor1d(labels, "int32") };
}

/** What a lesson left: how it ended, and digests of every φ and of the student's weights. */
export async function summarize({ status, steps, emissions }, model, backend) {
  const phi = emissions.map((emission) =>
    Object.entries(emission.phi).map(([name, { data }]) => [name, Array.from(data)]),
  );
  const weights = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return {
    backend,
    status,
    steps,
    emissions: emissions.length,
    phi: await digest(phi),
    weights: await digest(weights.map((values) => Array.from(values))),
  };
}

/** JSON has every number in as many digits as it takes to read the same bits back. */
async function digest(value) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
