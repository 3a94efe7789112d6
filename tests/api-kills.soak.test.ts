import { expect, it } from "vitest";
import { describeKills, killPublishes } from "./fuzz/kill-publishes.ts";

it("has each version whole or not at all after workerd was killed during 200 publications", async () => {
  const counts = await killPublishes(200, 14);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(describeKills(counts));
  expect([counts.kills, counts.whole + counts.absent]).toEqual([200, 200]);
  // Kills at all moments: some came too late to matter, some too early, some between the two writes.
  expect(Math.min(counts.whole, counts.absent)).toBeGreaterThan(10);
  expect(counts.uploaded).toBeGreaterThan(0);
});
