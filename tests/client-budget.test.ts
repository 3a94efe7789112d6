import { expect, test } from "vitest";
import { bundleClient, ceilings, gzippedBundle } from "../scripts/sizes.ts";

/** Signs of code that has no business in a page. */
const mustNotAppear = ["zod", "ZodError", "node:", "require(", "mersenne", "registerKernel", "drizzle"];

test.each(Object.entries(ceilings.client))("client/src/%s takes at most %i bytes", async (entry, ceiling) => {
  expect(gzippedBundle(await bundleClient(entry))).toBeLessThanOrEqual(ceiling);
});

test("the client has no zod, no Node and no kernels in it", async () => {
  const { code, inputs } = await bundleClient("index.ts");
  expect(mustNotAppear.filter((sign) => code.some((file) => file.includes(sign)))).toEqual([]);
  const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  expect(packages).toEqual([]);
  expect(inputs.filter((path) => /trainer|client\/node|kernels|testing|\.test\./.test(path))).toEqual([]);
});

test("what a failure loads is of failures alone: the rest is in the first file", async () => {
  const { code, later } = await bundleClient("index.ts");
  expect(code).toHaveLength(1);
  expect(Object.keys(later).toSorted()).toEqual([
    "client/src/connect/recover.ts",
    "client/src/student/find-fault.ts",
  ]);
});
