import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "./browser/chromium.ts";
import { openPageFixture, train, type PageFixture } from "./browser/page-fixture.ts";

/** What takes too long for each run: WebGPU on a processor, and losing it. */
describe.skipIf(!hasChromium)("the page on WebGPU, in Chromium", () => {
  let fixture: PageFixture;
  beforeAll(async () => {
    fixture = await openPageFixture();
  }, 120_000);
  afterAll(() => fixture?.close());

  it("trains pairs of students on drawn glyphs", async () => {
    const page = await fixture.browser.newPage();
    await page.goto(fixture.api.url);
    await page.waitForSelector("body[data-ready]");
    await page.getByLabel("Pairs of students, one after the other").fill("2");
    await train(page, { steps: 20, backend: "webgpu" });
    await page.getByText("Done: 2 pairs of students trained on webgpu.").waitFor({ timeout: 300_000 });
    await page.close();
  });

  it("says that the GPU went away, and goes on with the pairs that are left", async () => {
    const page = await fixture.browser.newPage();
    await page.goto(fixture.api.url);
    await page.waitForSelector("body[data-ready]");
    await page.getByLabel("Pairs of students, one after the other").fill("3");
    await train(page, { steps: 20, backend: "webgpu" });
    await page.waitForFunction(() => document.querySelector("#result")!.textContent !== "", undefined, {
      timeout: 300_000,
    });
    const browser = await fixture.browser.newBrowserCDPSession();
    await browser.send("Browser.crashGpuProcess").catch(() => undefined);
    const status = page.locator("#status");
    await status.getByText(/^The GPU went away: .* Go on, or choose another backend\.$/).waitFor();
    expect(await status.getAttribute("data-code")).toBe("unsupported");
    await page.getByRole("button", { name: /^Go on with pair [23] of 3$/ }).click();
    await page.getByText("Done: 3 pairs of students trained on webgpu.").waitFor({ timeout: 300_000 });
    await page.close();
  });
});
