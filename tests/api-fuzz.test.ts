import { expect, it } from "vitest";
import { describeCounts, runCampaign } from "./fuzz/campaign.ts";

it("answers 1,500 requests made from its document as the document says", async () => {
  const counts = await runCampaign(1500, 11);
  expect(Object.keys(counts.statuses)).toEqual(expect.arrayContaining(["200", "400", "401", "404", "422"]));
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(describeCounts(counts));
});
