import { Option, type Command } from "commander";
import { LecternError } from "@lectern/shared/errors";
import { optimizer, type OptimizerSpec } from "@lectern/shared/schema";
import { defaultRecipe } from "../train/index.ts";
import { belowOne, nonNegative, positive } from "./flags.ts";

export interface OptimizerFlags {
  optimizer: OptimizerSpec["kind"];
  learningRate: number;
  weightDecay: number;
  momentum?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  decay?: number;
  rho?: number;
  initialAccumulatorValue?: number;
}

const kinds = optimizer.options.map(({ shape }) => shape.kind.value);

/** What only some optimizers have. */
const parameters = [
  "momentum",
  "beta1",
  "beta2",
  "epsilon",
  "decay",
  "rho",
  "initialAccumulatorValue",
] as const;

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The student's optimizer and its parameters, named and with the defaults of tf.train. */
export function addOptimizerFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--optimizer <kind>", "the student's optimizer, as tf.train has it")
        .choices(kinds)
        .default("sgd"),
    )
    .option("--learning-rate <η>", "the student's rate", positive, defaultRecipe.optimizer.learningRate)
    .option("--weight-decay <λ>", "L2 added to the gradient", nonNegative, 0)
    .option("--momentum <γ>", "of momentum and nesterov (0.9), rmsprop and centered-rmsprop (0)", belowOne)
    .option("--beta1 <β₁>", "of adam and adamax (0.9)", belowOne)
    .option("--beta2 <β₂>", "of adam and adamax (0.999)", belowOne)
    .option("--epsilon <ε>", "of adam, adamax, adadelta, rmsprop and centered-rmsprop (1e-7)", positive)
    .option("--decay <ρ>", "of rmsprop and centered-rmsprop (0.9), and of adamax' rate (0)", nonNegative)
    .option("--rho <ρ>", "of adadelta (0.95)", belowOne)
    .option("--initial-accumulator-value <a₀>", "of adagrad (0.1)", nonNegative);
}

/**
 * The optimizer that the flags describe.
 * @throws LecternError `invalid-argument` for a parameter that the optimizer doesn't have, or out of its range
 */
export function optimizerOf(flags: OptimizerFlags): OptimizerSpec {
  const { optimizer: kind, learningRate, weightDecay } = flags;
  const own = Object.keys(optimizer.options.find(({ shape }) => shape.kind.value === kind)!.shape);
  const given = parameters.filter((name) => flags[name] !== undefined);
  const foreign = given.find((name) => !own.includes(name));
  if (foreign) {
    const known = own.filter((name) => (parameters as readonly string[]).includes(name)).map(flagOf);
    throw new LecternError(
      "invalid-argument",
      `${flagOf(foreign)} is no parameter of the optimizer ${kind}, which has ${known.join(", ") || "none but its rate"}.`,
      "Leave it out, or choose another --optimizer.",
    );
  }
  const spec = {
    kind,
    learningRate,
    weightDecay,
    ...((kind === "momentum" || kind === "nesterov") && { momentum: 0.9 }),
    ...Object.fromEntries(given.map((name) => [name, flags[name]])),
  };
  const parsed = optimizer.safeParse(spec);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const name = String(path[0]) as (typeof parameters)[number];
  throw new LecternError(
    "invalid-argument",
    `${flagOf(name)} ${flags[name]} is out of ${kind}'s range: ${message.replace(/\.$/, "")}.`,
    "Correct it, or leave it out.",
  );
}
