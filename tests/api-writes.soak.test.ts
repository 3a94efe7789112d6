import { afterAll, beforeAll, expect, it } from "vitest";
import { runRaw, runWrites, sendHuge } from "./fuzz/fuzz-writes.ts";
import { openWorld, type World } from "./fuzz/world.ts";

/* oxlint-disable no-console -- the counts are wanted. */

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

it("fails at none of 5,000 requests that aren't HTTP as it should be", async () => {
  console.log(await runRaw(world, 5000, 17));
});

it("has what it took and nothing that it refused after writes of which some are wrong", async () => {
  console.log(await runWrites(world, { small: 100, large: 10, publications: 1000, seed: 19 }));
});

it("refuses bodies far beyond the limit, whether they say their length or not", async () => {
  expect(await sendHuge(world, 200)).toEqual([413, 413]);
});
