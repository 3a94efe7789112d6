import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "./browser/chromium.ts";
import { openPageFixture, train, type PageFixture } from "./browser/page-fixture.ts";

/** What takes too long for each run: WebGPU on a processor, losing it, and a network of a few bytes. */
describe.skipIf(!hasChromium)("the page, in Chromium", () => {
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

  it("shows what it is before its scripts have come, says that the network is slow, and is whole in the end", async () => {
    const context = await fixture.browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    const devTools = await context.newCDPSession(page);
    await devTools.send("Network.enable");
    const network = { offline: false, latency: 5000, downloadThroughput: 8000, uploadThroughput: 8000 };
    await devTools.send("Network.emulateNetworkConditions", network);
    await page.goto(fixture.api.url, { waitUntil: "commit", timeout: 60_000 });
    await page
      .getByText("A teacher is a small model that emits loss functions.")
      .waitFor({ timeout: 60_000 });
    expect(await page.locator("body[data-ready]").count()).toBe(0);
    await page
      .getByText("Asking the API… It takes longer than usual: the network is slow.")
      .waitFor({ timeout: 120_000 });
    await page.waitForSelector("body[data-ready]", { timeout: 120_000 });
    expect(await page.getByRole("row", { name: "small-glyphs" }).count()).toBe(1);
    await context.close();
  });
});
