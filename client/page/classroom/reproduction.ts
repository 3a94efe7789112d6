import type { Choice } from "./choice.ts";

/** A program that trains the teacher's student of a lesson on one's own data, with the same settings. */
export function reproduction(
  api: string,
  { teacher, backend, seed, pairs, steps }: Pick<Choice, "teacher" | "backend" | "seed" | "pairs" | "steps">,
): string {
  return `import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-${backend}";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { connect } from "@lectern/client";
${backend === "wasm" ? 'import { registerWasmKernels } from "@lectern/client/kernels";\n\nregisterWasmKernels();' : ""}
await tf.setBackend("${backend}");
const teacher = await connect(${JSON.stringify(api)}).teacher(${JSON.stringify(teacher)});
const model = sequential({
  layers: [
    layers.flatten({ inputShape: [12, 12, 1] }),
    layers.dense({ units: 64, activation: "relu" }),
    layers.dense({ units: 10 }),
  ],
});
const result = await teacher.teach(model, {
  train: { x, y }, // your examples, with whatever wrong labels they have
  dev: { x: devX, y: devY }, // others, with labels that are right
  seed: ${seed + pairs - 1},${steps === undefined ? "" : `\n  steps: ${steps},`}
});
console.log(result.status, result.warnings);
await model.save("downloads://student");
`;
}
