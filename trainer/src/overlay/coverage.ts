import { LecternError } from "@lectern/shared/errors";
import { backend, dispose, getBackend } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { coveredBackward, coveredForward, wrongOn } from "./covered-kernels.ts";
import { installOverlay } from "./install.ts";
import { coveredActivations, layerChecks, refusedLayers, type Objection } from "./layer-checks.ts";
import { isSeeded, seedNoise } from "./noise.ts";
import { traceModel } from "./trace-model.ts";
import { layersOf, type Layer } from "./visit-layers.ts";

/** Class names of the layers whose second-order gradients the contract tests show right, some only in some settings. */
export const coveredLayers: readonly string[] = Object.keys(layerChecks);

export interface CoverageOptions {
  /** Examples in a batch, as training will have them; the default is 2. */
  readonly batchSize?: number;
}

/**
 * Refuses a student whose exact Hessian-vector products aren't covered, before any training. Layers are looked at one by
 * one, also those within models, wrappers and recurrent layers; then one forward pass, its gradient and the gradient of
 * that are run on the backend in use, and every operation on the way has to be one that the contract tests cover. So
 * layers of a user's own are judged by what they do. It installs the overlay.
 *
 * @throws LecternError `unsupported`, naming the layer or operation and the remedy; `invalid-argument` if nothing is
 *   trainable, the batch is empty, or a layer's output is.
 *
 * @example
 * ```ts
 * await assertCovered(tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [784] })] }));
 * ```
 */
export async function assertCovered(
  model: LayersModel,
  { batchSize = 2 }: CoverageOptions = {},
): Promise<void> {
  installOverlay();
  if (!(Number.isInteger(batchSize) && batchSize > 0))
    throw new LecternError(
      "invalid-argument",
      `The batch has ${batchSize} examples, expected at least 1.`,
      "Give a larger batch size, or more training data.",
    );
  if (model.trainableWeights.length === 0)
    throw new LecternError(
      "invalid-argument",
      `Model "${model.name}" has no trainable weights.`,
      "Give it a layer with weights, such as dense, and leave trainable true.",
    );
  for (const layer of layersOf(model)) {
    const objection = objectionTo(layer);
    if (objection) refuse(layer, objection);
  }
  assertPenaltiesCount(model);
  await assertTraceCovered(model, batchSize);
}

function refuse(layer: Layer, objection: NonNullable<Objection>): never {
  throw new LecternError(
    "unsupported",
    `Layer "${layer.name}" (${layer.getClassName()}) ${objection.problem}.`,
    objection.remedy,
  );
}

function objectionTo(layer: Layer): Objection {
  const config = layer.getConfig();
  for (const key of ["activation", "recurrentActivation"]) {
    const activation = config[key];
    if (typeof activation === "string" && !coveredActivations.includes(activation))
      return {
        problem: `has ${key} ${activation}, without exact second-order gradients here`,
        remedy: `Use one of: ${coveredActivations.join(", ")}.`,
      };
  }
  const constrained = (layer.built ? layer.weights : []).find(
    (weight) => (weight as unknown as { constraint: unknown }).constraint,
  );
  if (constrained)
    return {
      problem: `has a constraint on ${constrained.originalName}, a projection that hypergradients don't pass through`,
      remedy: "Remove it.",
    };
  const name = layer.getClassName();
  return refusedLayers[name] ?? layerChecks[name]?.(config, layer) ?? emptyOutput(layer);
}

/** TensorFlow.js builds a layer whose window is larger than its input, and fails as it runs. */
function emptyOutput(layer: Layer): Objection {
  const outputs = layer.inboundNodes.flatMap(({ outputShapes }) => outputShapes);
  const empty = outputs.flat().some((size) => typeof size === "number" && size < 1);
  return empty
    ? {
        problem: `gives an empty output, of shape ${JSON.stringify(outputs)}`,
        remedy: "Use a smaller kernel, pool or cropping, or padding: same.",
      }
    : null;
}

const isCell = (layer: Layer): boolean => /Cells?$/.test(layer.getClassName());

/** Recurrent cells keep their regularizers to themselves in TensorFlow.js: model.fit and a lesson would train without. */
function assertPenaltiesCount(model: LayersModel): void {
  for (const layer of layersOf(model)) {
    const keys = Object.entries(layer.getConfig())
      .filter(([key, value]) => key.endsWith("Regularizer") && value !== null && value !== undefined)
      .map(([key]) => key);
    if (keys.length > (isCell(layer) ? 0 : layer.losses.length))
      refuse(layer, {
        problem: `has a ${keys[0]}, which TensorFlow.js leaves out of the model's loss`,
        remedy: "Use the optimizer's weightDecay instead.",
      });
  }
}

async function assertTraceCovered(model: LayersModel, batchSize: number): Promise<void> {
  const release = isSeeded(model) ? undefined : seedNoise(model, 0);
  const shaders = watchShaders();
  let trace;
  let values;
  try {
    trace = traceModel(model, batchSize);
    values = await Promise.all(trace.outputs.map((output) => output.data()));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw unsupported(
      `Model "${model.name}" can't be differentiated twice: ${message.replace(/\.$/, "")}.`,
      "Build it from the operations in docs/second-order.md, or use another backend.",
      cause,
    );
  } finally {
    release?.();
    dispose([...(trace?.outputs ?? [])]);
  }
  const refusedShader = await shaders();
  if (refusedShader)
    throw unsupported(
      `WebGPU can't run model "${model.name}": ${refusedShader}.`,
      "Use another backend, or leave out the operation.",
    );
  const { forward, backward, layersUsing } = trace;
  /** The innermost layer that runs a kernel. */
  const userOf = (kernel: string): string => {
    const layer = layersUsing(kernel).at(-1);
    return layer ? `Layer "${layer.name}" (${layer.getClassName()})` : `Model "${model.name}"`;
  };
  const uncovered = forward.find((name) => !coveredForward.has(name));
  if (uncovered) {
    throw unsupported(
      `${userOf(uncovered)} uses ${nameOf(uncovered)}, which has no exact second-order gradient here.`,
      "Write it with the operations in docs/second-order.md.",
    );
  }
  // Also of what no weight comes before, and which isn't differentiated.
  const wrong = wrongOn[getBackend()]?.find((name) => forward.includes(name) || layersUsing(name).length > 0);
  if (wrong) {
    throw unsupported(
      `${userOf(wrong)} uses ${nameOf(wrong)}, which TensorFlow.js computes wrongly on the backend ${getBackend()}.`,
      "Use another backend, or layers for images or sequences.",
    );
  }
  const behind = backward.find((name) => !coveredBackward.has(name) && !coveredForward.has(name));
  if (behind)
    throw unsupported(
      `The gradient of model "${model.name}" uses ${nameOf(behind)}, which has no exact gradient here.`,
      "Write the model with the operations in docs/second-order.md.",
    );
  if (values[0]!.some((value, i) => !Object.is(value, values[1]![i])))
    throw unsupported(
      `Model "${model.name}" gives another output each time: something in it draws at random, unseen.`,
      "Use TensorFlow.js' own dropout and noise layers, which are seeded here.",
    );
}

/** WebGPU tells of a shader that doesn't compile later, and meanwhile computes nonsense. */
function watchShaders(): () => Promise<string | undefined> {
  if (getBackend() !== "webgpu") return () => Promise.resolve(undefined);
  const { device } = backend() as unknown as { device: GPUDevice };
  device.pushErrorScope("validation");
  return async () => (await device.popErrorScope())?.message.split("\n")[0];
}

const unsupported = (problem: string, remedy: string, cause?: unknown): LecternError =>
  new LecternError("unsupported", problem, remedy, { cause });

/** Operations with gradients of their own have the name of their scope, if it has one. */
const nameOf = (kernel: string): string =>
  kernel === "unnamed scope" ? "an operation of tf.customGrad" : kernel.replace(/__op$/, "");
