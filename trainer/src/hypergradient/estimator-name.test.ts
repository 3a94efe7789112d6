import { expect, test } from "vitest";
import { optimizer, type OptimizerSpec } from "@lectern/shared/schema";
import { estimatorOf, expectSupport, isEstimatorName } from "./estimator-name.ts";

test.each([
  "store",
  "checkpoint",
  "checkpoint:50",
  "reversible",
  "truncated:100",
  "central-difference",
  "checkpoint:50+central-difference",
  "truncated:7+central-difference",
  "pes",
  "pes:16",
  "pes:16:50",
])("%s is an estimator, and its name stays as it was written", (name) => {
  expect(estimatorOf(name).name).toBe(name);
  expect(isEstimatorName(name)).toBe(true);
});

test.each([
  "",
  "Store",
  "store:3",
  "truncated",
  "truncated:0",
  "truncated:-1",
  "checkpoint:1:2",
  "pes:1:2:3",
  "pes+central-difference",
  "central-difference+central-difference",
  "reversible:2",
  "exact",
])("%j is none, and the error says what there is", (name) => {
  expect(isEstimatorName(name)).toBe(false);
  expect(() => estimatorOf(name)).toThrow(/Unknown estimator ".*"\. Choose one of store, checkpoint,/);
});

test("exact are those without an approximation", () => {
  const exact = ["store", "checkpoint", "reversible", "store+central-difference", "truncated:3", "pes"];
  expect(exact.map((name) => estimatorOf(name).exact)).toEqual([true, true, true, false, false, false]);
});

test("reversible refuses what it can't take back, and says which estimator can", () => {
  const base = { learningRate: 0.1, weightDecay: 0 };
  const recipe = (spec: OptimizerSpec) =>
    ({ optimizer: spec, schedule: "constant", batchSize: 8, steps: 10 }) as const;
  const refused: OptimizerSpec[] = [
    { kind: "sgd", ...base },
    { kind: "momentum", momentum: 0, ...base },
    ...optimizer.options
      .map(({ shape }) => shape.kind.value)
      .filter((kind) => kind !== "sgd" && kind !== "momentum")
      .map((kind) => optimizer.parse({ kind, ...base, ...(kind === "nesterov" && { momentum: 0.9 }) })),
  ];
  for (const spec of refused) {
    const wanted = () => expectSupport(estimatorOf("reversible"), recipe(spec));
    expect(wanted).toThrow(
      /The estimator reversible can take back steps of momentum SGD .* or the estimator checkpoint\./,
    );
    expect(wanted).toThrow(`not of ${spec.kind}`);
    expect(() => expectSupport(estimatorOf("checkpoint"), recipe(spec))).not.toThrow();
  }
  const momentum: OptimizerSpec = { kind: "momentum", momentum: 0.9, ...base };
  expect(() => expectSupport(estimatorOf("reversible"), recipe(momentum))).not.toThrow();
});
