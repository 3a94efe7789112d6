// Plain JavaScript, as a user writes it: every way to run the published client runs this very file.
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { connect } from "@lectern/client";
import { generateGlyphs } from "@lectern/client/glyphs";
import { registerWasmKernels } from "@lectern/client/kernels";

/**
 * Pulls a teacher from an API, verifies it, and lets it teach thirty steps on Wasm.
 *
 * @param {string} api its address
 * @param {string} [wasmFolder] where the page finds the backend's .wasm files
 */
export async function takeLesson(api, wasmFolder) {
  tf.env().set("PROD", true);
  if (wasmFolder) setWasmPaths(wasmFolder);
  registerWasmKernels();
  await tf.setBackend("wasm");

  const teacher = await connect(api).teacher("small-glyphs@^1.0");
  const kernelInitializer = initializers.glorotUniform({ seed: 5 });
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 1] }),
      layers.dense({ units: 16, activation: "relu", kernelInitializer }),
      layers.dense({ units: 10, kernelInitializer }),
    ],
  });
  const draw = (count, seed) => {
    const { images, labels, shape } = generateGlyphs({ count, seed, size: 8 });
    return { x: tf.tensor(images, [count, ...shape]), y: tf.tensor1d(labels, "int32") };
  };
  const { status, steps, emissions } = await teacher.teach(model, {
    train: draw(320, 11),
    dev: draw(100, 12),
    steps: 30,
    seed: 3,
  });
  const phi = emissions.map((emission) =>
    Object.entries(emission.phi).map(([name, { data }]) => [name, Array.from(data)]),
  );
  const weights = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return {
    backend: tf.getBackend(),
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
