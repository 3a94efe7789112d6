import { expect, it } from "vitest";
import { describeCounts, runCampaign } from "./fuzz/campaign.ts";

it("answers 50,000 requests made from its document as the document says, in memory that stays flat", async () => {
  const counts = await runCampaign(50_000, 12);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(describeCounts(counts));
  // V8 takes what it may before it collects: the second half of the requests must not add to the first.
  const [half, end] = [Math.max(...counts.memoryMb.slice(0, 5)), counts.memoryMb.at(-1)!];
  expect(end).toBeLessThan(half * 1.1 + 20);
});
