import { needsDev } from "@lectern/shared/teacher";
import type { Subject } from "@lectern/client/inspect";
import { numbers, tensorflowJs } from "./dialects.ts";
import { printFeature, type StateReader } from "./features.ts";
import { phiShapes, printEmission, printLosses } from "./print-teacher.ts";

const reader: StateReader = {
  field: (path) => `state.${path.join(".")}`,
  precision: (of) => (typeof of === "number" ? `state.dev.precision[${of}]!` : `${of}(state.dev.precision)`),
};

const key = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;

/**
 * A teacher as one TypeScript file on TensorFlow.js, for people who want no API and no Lectern: θ as constants, the
 * state's features, μ_θ and ℓ_φ. A test runs it and holds its numbers to the teacher's.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * await readFile("teacher.ts", "utf8"); // what `lectern explain glyphs-noise@^1 --code typescript` wrote
 * ```
 */
export function writeTypeScript(teacher: Subject): string {
  const { network, label, recipe, classNames } = teacher;
  const { features, measurement, spec } = network;
  const dev = needsDev(features);
  const vector = features.map((feature) => printFeature(feature, reader)).join(",\n    ");
  const statistics = ["mean", "min", "spread"].filter((of) => vector.includes(`${of}(`));
  const emission = printEmission(tensorflowJs, network, (name) => `theta${key(name)}!`);
  const loss = printLosses(tensorflowJs, network, (name) => `phi${key(name)}`);
  const theta = Object.entries(network.theta).map(
    ([name, { shape, data }]) =>
      `  ${JSON.stringify(name)}: { shape: [${shape}], values: [${numbers(data)}] },`,
  );
  return `// The teacher ${label} as plain code: made by "lectern explain", don't edit.
// Every measurement.everySteps steps measure the state and call emit; in between, φ holds. Minimise the mean of
// losses(φ, logits, target) with the recipe's optimizer. Weights and masks: take a weighted mean instead.
import * as tf from "@tensorflow/tfjs-core";

/** The training that this teacher was meta-trained for. */
export const recipe = ${JSON.stringify(recipe)} as const;

/** φ is emitted at steps 0, everySteps, 2·everySteps…; training statistics are means over the last trainBatches. */
export const measurement = ${JSON.stringify(measurement)} as const;

/** Classes in the order of the logits. */
export const classNames: readonly string[] = ${JSON.stringify(classNames)};

/** What the teacher looks at. Before the first batch: accuracy and confidence 1/${spec.classes}, cross-entropy log ${spec.classes}, spread 0. */
export interface State {
  /** t / T, 0 … 1. */
  readonly time: number;
  /** Cross-entropy in nats; confidence is the largest probability. */
  readonly train: {
    readonly accuracy: number;
    readonly crossEntropy: number;
    readonly confidence: number;
    readonly confidenceSpread: number;
  };
${dev ? "  /** precision[k]: of the predictions of class k, the share that is right; 0 if there is none. */\n  readonly dev: { readonly accuracy: number; readonly precision: readonly number[] };\n" : ""}}

/** The loss coefficients φ. */
export interface Phi {
${phiShapes(network)
  .map(([name, shape]) => `  /** [${shape}] */\n  readonly ${JSON.stringify(name)}: tf.Tensor;`)
  .join("\n")}
}
${statistics.map((of) => `\n${helpers[of as keyof typeof helpers]}\n`).join("")}
/** s_t as the teacher sees it, [${spec.features}]. */
export function stateVector(state: State): number[] {
  return [
    ${vector},
  ].map((value) => (Number.isNaN(value) ? 0 : Math.min(1e6, Math.max(-1e6, value))));
}

const values: Readonly<Record<string, { shape: number[]; values: number[] }>> = {
${theta.join("\n")}
};

/** φ for a student's state. Dispose of its tensors when the next one is there. */
export function emit(student: State): Phi {
  return tf.tidy(() => {
    const theta: Record<string, tf.Tensor> = {};
    for (const [name, { shape, values: flat }] of Object.entries(values)) theta[name] = tf.tensor(flat, shape);
    const state = tf.tensor1d(stateVector(student));
${emission.lines.map((line) => `    ${line}`).join("\n")}
    return { ${emission.results.map(([name, variable]) => `${JSON.stringify(name)}: tf.keep(${variable})`).join(", ")} };
  });
}

/** ℓ_φ of each example, [n], from logits and targets (one-hot, or a distribution), [n, ${spec.classes}]. Differentiable. */
export function losses(phi: Phi, logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
${loss.lines.map((line) => `  ${line}`).join("\n")}
  return ${loss.results[0]![1]};
}
`;
}

const helpers = {
  mean: "const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;",
  min: "const min = (xs: readonly number[]): number => Math.min(...xs);",
  spread: `const spread = (xs: readonly number[]): number => {
  const centre = xs.reduce((a, b) => a + b, 0) / xs.length;
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - centre) ** 2, 0) / xs.length);
};`,
} as const;
