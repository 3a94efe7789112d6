import { expect, it } from "vitest";
import { faultModes } from "./fault-bindings.ts";
import { strikeAll } from "./fault-runs.ts";
import { request } from "./requests.ts";
import { scenarios } from "./scenarios.ts";

it("answers every request with what it asked for or a problem, whichever call to D1 or R2 fails", async () => {
  // One of three ways to fail at each call, by turns, and torn bodies; all of them in faults.soak.test.ts.
  await strikeAll((i) => [faultModes[i % 3]!, "torn"]);
}, 240_000);

it("has a scenario for every operation of the contract that reaches the storage", async () => {
  const { paths } = await (
    await request("/openapi.json")
  ).json<{ paths: Record<string, Record<string, unknown>> }>();
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const covered = new Set(scenarios.map(({ operation }) => operation));
  expect(operations.filter((operation) => !covered.has(operation))).toEqual([]);
});
