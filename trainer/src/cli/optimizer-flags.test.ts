import { Command } from "commander";
import { expect, test } from "vitest";
import { optimizer } from "@lectern/shared/schema";
import { addOptimizerFlags, optimizerOf, type OptimizerFlags } from "./optimizer-flags.ts";

const read = (...args: string[]) =>
  optimizerOf(
    addOptimizerFlags(new Command())
      .parse(["--learning-rate", "0.1", ...args], { from: "user" })
      .opts<OptimizerFlags>(),
  );

test("every optimizer can be chosen, with the format's defaults and a momentum of 0.9", () => {
  for (const { shape } of optimizer.options) {
    const kind = shape.kind.value;
    const momentum = /momentum|nesterov/.test(kind) && { momentum: 0.9 };
    expect(read("--optimizer", kind)).toEqual(optimizer.parse({ kind, learningRate: 0.1, ...momentum }));
  }
});

test("parameters are taken", () => {
  expect(read("--optimizer", "rmsprop", "--momentum", "0.5", "--decay", "0.8", "--epsilon", "1e-3")).toEqual({
    kind: "rmsprop",
    learningRate: 0.1,
    weightDecay: 0,
    decay: 0.8,
    momentum: 0.5,
    epsilon: 1e-3,
  });
  expect(read("--optimizer", "adagrad", "--initial-accumulator-value", "0")).toHaveProperty(
    "initialAccumulatorValue",
    0,
  );
});

test("a parameter of another optimizer is refused, and so is one out of range", () => {
  expect(() => read("--rho", "0.9")).toThrow(
    "--rho is no parameter of the optimizer sgd, which has none but its rate. Leave it out, or choose another --optimizer.",
  );
  expect(() => read("--optimizer", "adagrad", "--beta1", "0.9")).toThrow(
    "--beta1 is no parameter of the optimizer adagrad, which has --initial-accumulator-value.",
  );
  expect(() => read("--optimizer", "rmsprop", "--decay", "2")).toThrow(
    /^--decay 2 is out of rmsprop's range: /,
  );
});
