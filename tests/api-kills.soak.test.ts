import { expect, it } from "vitest";
import { killPublishes } from "./fuzz/kill-publishes.ts";

it("has each version whole or not at all after workerd was killed during 200 publications", async () => {
  const { kills, whole, absent } = await killPublishes(200);
  expect([kills, whole + absent]).toEqual([200, 200]);
  // Kills at all moments: some came too late to matter, some too early.
  expect(Math.min(whole, absent)).toBeGreaterThan(10);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(`${kills} kills during publications: ${whole} versions whole, ${absent} absent, none by half`);
});
