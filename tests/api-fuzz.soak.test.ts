import { expect, it } from "vitest";
import { describeCounts, runWatchedCampaign } from "./fuzz/campaign.ts";
import { describeMemory, growthOf } from "./fuzz/memory.ts";

it("answers 50,000 requests made from its document as the document says, in memory that stays flat", async () => {
  const counts = await runWatchedCampaign(50_000, 12);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log([describeCounts(counts), ...describeMemory(counts)].join("\n"));
  // Until the second tenth, code is still compiled and caches fill.
  const settled = counts.ours.slice(1);
  for (const isolate of Object.keys(settled[0]!.heaps))
    expect(growthOf(settled, isolate), `bytes a request of ${isolate}`).toBeLessThan(30);
});
