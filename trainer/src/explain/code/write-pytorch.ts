import { needsDev } from "@lectern/shared/teacher";
import type { Subject } from "@lectern/client/inspect";
import { numbers, pyTorch } from "./dialects.ts";
import { printFeature, type StateReader } from "./features.ts";
import { phiShapes, printEmission, printLosses } from "./print-teacher.ts";

const quoted = (name: string): string => JSON.stringify(name);

const reader: StateReader = {
  field: (path) => `state${path.map((name) => `[${quoted(name)}]`).join("")}`,
  precision: (of) => (typeof of === "number" ? `precision[${of}]` : statistics[of]),
};

const statistics = {
  mean: "sum(precision) / len(precision)",
  min: "min(precision)",
  spread: "statistics.pstdev(precision)",
} as const;

/**
 * A teacher as one Python file on PyTorch (any version with `torch.log_softmax`), for people who want no API and no
 * Lectern. A test runs it where PyTorch is installed and holds its numbers to the teacher's.
 */
export function writePyTorch({ network, label, recipe, classNames }: Subject): string {
  const { features, measurement, spec } = network;
  const dev = needsDev(features);
  const emission = printEmission(pyTorch, network, (name) => `theta[${quoted(name)}]`);
  const loss = printLosses(pyTorch, network, (name) => `phi[${quoted(name)}]`);
  const vector = features.map((feature) => `        ${printFeature(feature, reader)},`).join("\n");
  const theta = Object.entries(network.theta).map(
    ([name, { shape, data }]) => `    ${quoted(name)}: ([${numbers(shape)}], [${numbers(data)}]),`,
  );
  return `"""The teacher ${label} as plain code: made by "lectern explain", don't edit.

Every MEASUREMENT["everySteps"] steps measure the state and call emit; in between, phi holds. Minimise the mean of
losses(phi, logits, target) with RECIPE's optimizer. Weights and masks: take a weighted mean instead.

state: {"time": t / T, "train": {"accuracy", "crossEntropy" (nats), "confidence", "confidenceSpread"}${
    dev
      ? `,
"dev": {"accuracy", "precision": [of the predictions of class k, the share that is right; 0 if there is none]}`
      : ""
  }}.
Before the first batch: accuracy and confidence 1/${spec.classes}, cross-entropy log ${spec.classes}, spread 0.
"""
import json
import math
${vector.includes("statistics.") ? "import statistics\n" : ""}
import torch

RECIPE = ${python(recipe)}
MEASUREMENT = ${python(measurement)}
# Classes in the order of the logits.
CLASS_NAMES = ${python(classNames)}
THETA = {
${theta.join("\n")}
}


def state_vector(state):
    """s_t as the teacher sees it: ${spec.features} numbers."""
${vector.includes("precision") ? '    precision = state["dev"]["precision"]\n' : ""}    raw = [
${vector}
    ]
    return [0.0 if math.isnan(value) else min(1e6, max(-1e6, value)) for value in raw]


def emit(student, dtype=torch.float32, device=None):
    """phi for a student's state: ${phiShapes(network)
      .map(([name, shape]) => `${name} [${shape}]`)
      .join(", ")}."""
    like = torch.zeros((), dtype=dtype, device=device)
    theta = {name: like.new_tensor(values).reshape(shape) for name, (shape, values) in THETA.items()}
    state = like.new_tensor(state_vector(student))
${emission.lines.map((line) => `    ${line}`).join("\n")}
    return {${emission.results.map(([name, variable]) => `${quoted(name)}: ${variable}`).join(", ")}}


def losses(phi, logits, target):
    """The loss of each example, [n], from logits and targets (one-hot, or a distribution), [n, ${spec.classes}]."""
    like = logits
${loss.lines.map((line) => `    ${line}`).join("\n")}
    return ${loss.results[0]![1]}
`;
}

/** A value as an expression in Python: JSON's strings are Python's too. */
const python = (value: unknown): string => `json.loads(${JSON.stringify(JSON.stringify(value))})`;
