import { afterAll, beforeAll, expect, it } from "vitest";
import { describeCounts, runCampaign } from "./fuzz/campaign.ts";
import { runRaw, runWrites, sendHuge } from "./fuzz/fuzz-writes.ts";
import { openWorld, type World } from "./fuzz/world.ts";

/* oxlint-disable no-console -- the counts are wanted. */

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

it("answers 1,000 requests made from its document as the document says", async () => {
  const counts = await runCampaign(world, 1000, 11);
  expect(Object.keys(counts.statuses)).toEqual(expect.arrayContaining(["200", "400", "401", "404", "422"]));
  console.log(describeCounts(counts));
});

it("fails at none of 100 requests that aren't HTTP as it should be", async () => {
  console.log(await runRaw(world, 100, 7));
});

it("has what it took and nothing that it refused after writes of which some are wrong", async () => {
  console.log(await runWrites(world, { small: 6, large: 1, publications: 40, seed: 9 }));
});

it("refuses bodies beyond the limit, whether they say their length or not", async () => {
  expect(await sendHuge(world, 33)).toEqual([413, 413]);
});
