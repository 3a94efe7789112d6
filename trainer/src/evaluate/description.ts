import type { OptimizerSpec } from "@lectern/shared/schema";
import { describeAugmentation, shortName, type Task } from "../task/index.ts";
import type { EvaluationResult } from "./result.ts";
import type { EvaluationSetting } from "./setting.ts";

const count = (n: number): string => n.toLocaleString("en-US");
const rulesOf: Readonly<Record<OptimizerSpec["kind"], string>> = {
  sgd: "SGD",
  momentum: "SGD with momentum",
  adam: "Adam",
  nesterov: "SGD with Nesterov's momentum",
  rmsprop: "RMSProp",
  "centered-rmsprop": "centred RMSProp",
  adagrad: "Adagrad",
  adadelta: "Adadelta",
  adamax: "Adamax",
};

/** What was trained and tested, in a sentence's worth of words. */
export function describeSetting({ task, student, recipe }: EvaluationSetting): string {
  const { steps, batchSize, schedule, optimizer } = recipe;
  return [
    `${shortName(task.name)}, ${count(task.subset)} training examples drawn anew for each student`,
    task.labelNoise > 0
      ? `${Number((100 * task.labelNoise).toFixed(1))} % uniform label noise`
      : task.confusion
        ? "no uniform label noise"
        : "clean labels",
    ...(task.confusion ? [`${Number((100 * task.confusion).toFixed(1))} % labelled as the next class`] : []),
    ...(task.imbalance > 1 ? [`class imbalance ${task.imbalance}`] : []),
    ...(task.augment ? [`augmented by ${describeAugmentation(task.augment).replace(", ", " and ")}`] : []),
    `student ${shortName(student.name)}`,
    `${rulesOf[optimizer.kind]} (${schedule} rate)`,
    `batch ${batchSize}`,
    `T = ${steps}`,
  ].join(", ");
}

/** Each split's size, whether its labels are clean, and what it is for. */
export function splitsOf({ splits, spec }: Task): EvaluationResult["splits"] {
  return [
    {
      name: "local training set",
      examples: spec.subset,
      cleanLabels: spec.labelNoise === 0 && !spec.confusion,
      use: `drawn anew for each seed from an evaluation pool of ${count(splits.evaluationPool)} that meta-training never draws from`,
    },
    {
      name: "meta-dev",
      examples: splits.metaDev,
      cleanLabels: true,
      use: "the teacher: its meta-training minimises error here, and its students are measured here; rivals marked “+ dev data” train on it",
    },
    {
      name: "validation",
      examples: splits.validation,
      cleanLabels: true,
      use: "chooses the teacher's weights, and every contender's learning rate and parameter",
    },
    { name: "test", examples: splits.test, cleanLabels: true, use: "measures each final student once" },
  ];
}
