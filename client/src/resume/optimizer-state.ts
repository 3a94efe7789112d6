import { demand } from "@lectern/shared/errors";
import { tf } from "@lectern/shared/tensorflow";
import type { WeightTensors } from "@lectern/shared/artifact";
import type { OptimizerRecord } from "./save-format.ts";

/**
 * Where the optimizers of TensorFlow.js 4.22 keep what they remember. Their getWeights leave some of it out (Adam's
 * powers of β, all of Adamax), and setWeights computes it anew, with other bits.
 */
const memories: Readonly<Record<string, { lists: readonly string[]; scalars: readonly string[] }>> = {
  SGD: { lists: [], scalars: [] },
  Momentum: { lists: ["accumulations"], scalars: [] },
  Adagrad: { lists: ["accumulatedGrads"], scalars: [] },
  Adadelta: { lists: ["accumulatedGrads", "accumulatedUpdates"], scalars: [] },
  RMSProp: { lists: ["accumulatedMeanSquares", "accumulatedMoments", "accumulatedMeanGrads"], scalars: [] },
  Adam: { lists: ["accumulatedFirstMoment", "accumulatedSecondMoment"], scalars: ["accBeta1", "accBeta2"] },
  Adamax: {
    lists: ["accumulatedFirstMoment", "accumulatedWeightedInfNorm"],
    scalars: ["iteration", "accBeta1"],
  },
};

interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

type Fields = Record<string, unknown>;

const fieldsOf = (optimizer: tf.Optimizer): Fields => optimizer as unknown as Fields;

/** @throws LecternError `unsupported` for an optimizer that isn't one of tf.train */
function memoryOf(optimizer: tf.Optimizer): (typeof memories)[string] {
  const kind = optimizer.getClassName();
  demand(
    Object.hasOwn(memories, kind),
    "unsupported",
    `A lesson by the optimizer ${kind} can't be saved: what it remembers isn't known here`,
    `Use one of tf.train: ${Object.keys(memories).join(", ")}.`,
  );
  return memories[kind]!;
}

/** Its kind and numbers. Call it while the rate is the base rate, before a schedule steers it. */
export function describeOptimizer(optimizer: tf.Optimizer): Omit<OptimizerRecord, "iterations"> {
  memoryOf(optimizer);
  return { kind: optimizer.getClassName(), config: { ...optimizer.getConfig() } };
}

export const iterationsOf = (optimizer: tf.Optimizer): number => optimizer.iterations;

/** What it remembers, by name: its own variables, not to be disposed. */
export function optimizerTensors(optimizer: tf.Optimizer): Record<string, tf.Tensor> {
  const { lists, scalars } = memoryOf(optimizer);
  const fields = fieldsOf(optimizer);
  return Object.fromEntries([
    ...lists.flatMap((list) =>
      (fields[list] as Slot[]).map(({ variable }, i) => [`optimizer/${list}/${i}`, variable] as const),
    ),
    ...scalars.map((name) => [`optimizer/${name}`, fields[name] as tf.Variable] as const),
  ]);
}

/** @throws LecternError `invalid-argument` if kind or numbers aren't those that were saved */
export function expectOptimizer(saved: OptimizerRecord | null, now: tf.Optimizer | undefined): void {
  const shown = ({ kind, config }: Omit<OptimizerRecord, "iterations">) =>
    `${kind} ${JSON.stringify(config)}`;
  const [then, given] = [
    saved ? shown(saved) : "the recipe's",
    now ? shown(describeOptimizer(now)) : "the recipe's",
  ];
  demand(
    then === given,
    "invalid-argument",
    `The lesson was saved with the optimizer ${then}, and now it is ${given}`,
    "Pass the optimizer that it had.",
  );
}

/** Gives an optimizer the memory of another of its kind and numbers. */
export function restoreOptimizer(
  optimizer: tf.Optimizer,
  iterations: number,
  tensors: WeightTensors,
  names: readonly string[],
): void {
  const { lists, scalars } = memoryOf(optimizer);
  const fields = fieldsOf(optimizer);
  tf.tidy(() => {
    for (const list of lists) {
      for (const { variable } of fields[list] as Slot[]) variable.dispose();
      fields[list] = tensorsUnder(tensors, `optimizer/${list}`).map((tensor, i) => ({
        originalName: `${names[i] ?? i}/${list}`,
        variable: tf.variable(tensor, false),
      }));
    }
    for (const name of scalars) {
      const { data, shape } = tensors[`optimizer/${name}`]!;
      (fields[name] as tf.Variable).assign(tf.tensor(data, shape));
    }
  });
  fields["iterations_"] = iterations;
  renewConstants(optimizer);
}

/** SGD and momentum keep their numbers as tensors, which may lie on a device that is gone. */
function renewConstants(optimizer: tf.Optimizer): void {
  const { learningRate, setLearningRate, momentum, m } = fieldsOf(optimizer);
  if (typeof setLearningRate === "function") setLearningRate.call(optimizer, learningRate);
  if (!(m instanceof tf.Tensor)) return;
  m.dispose();
  fieldsOf(optimizer)["m"] = tf.keep(tf.scalar(momentum as number));
}

/** Tensors `prefix/0`, `prefix/1`, … as they lie in a save. Call it inside tf.tidy, or dispose what it gives. */
export function tensorsUnder(tensors: WeightTensors, prefix: string): tf.Tensor[] {
  const found: tf.Tensor[] = [];
  for (let i = 0; Object.hasOwn(tensors, `${prefix}/${i}`); i++) {
    const { data, shape } = tensors[`${prefix}/${i}`]!;
    found.push(tf.tensor(data, shape, "float32"));
  }
  return found;
}
