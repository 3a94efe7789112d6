import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { keepPicture, seeChecked, train, type PageFixture } from "../page-fixture.ts";

/** What the page does without a network, with a slow one, and on a device without room. */
export function testOffline(fixture: () => PageFixture): void {
  describe("offline", () => {
    it("works without a network once a page, a teacher and the classroom were loaded", async () => {
      const { api, browser } = fixture();
      const context = await browser.newContext();
      const page = await context.newPage();
      const broken: string[] = [];
      page.on("pageerror", (error) => broken.push(error.message));
      await page.goto(api.url);
      await page.waitForSelector("body[data-kept]");
      await page.getByRole("link", { name: "small-glyphs" }).click();
      await page.locator("rect.heat").first().waitFor();
      await train(page, { steps: 5 });
      await page.getByText("Done: two students trained on wasm.").waitFor();
      expect(await page.locator("#offline").innerText()).toBe("");

      await context.setOffline(true);
      await page.goto(api.url);
      await seeChecked(page);
      await page
        .getByText(
          /^The API doesn't answer: teachers are shown as they were kept on this device on .* checked all the same\.$/,
        )
        .waitFor();
      expect(await page.locator("#offline").getAttribute("data-code")).toBe("unreachable");
      await keepPicture(page, "offline");
      await page.getByRole("link", { name: "small-glyphs" }).click();
      await page.getByText("✓ Signature and digest checked on this device").waitFor();
      await page.locator("rect.heat").first().waitFor();
      await train(page, { steps: 5 });
      await page.getByText("Done: two students trained on wasm.").waitFor();
      // What was never fetched is named as what it is.
      await train(page, { steps: 5, backend: "cpu" });
      await page
        .getByText(
          "A part of this page can't be fetched: there is no network, and it isn't kept on this device yet.",
        )
        .waitFor();

      await context.setOffline(false);
      await page.reload();
      await seeChecked(page);
      expect(await page.locator("#offline").innerText()).toBe("");
      expect(broken).toEqual([]);
      await context.close();
    });

    it("says that the device has no room, and works all the same", async () => {
      const { api, browser } = fixture();
      const context = await browser.newContext();
      const page = await context.newPage();
      const devTools = await context.newCDPSession(page);
      await devTools.send("Storage.overrideQuotaForOrigin", { origin: api.url, quotaSize: 1000 });
      await page.goto(api.url);
      const notice = page.locator("#offline");
      await notice
        .getByText("This device has no room to keep the page for times without a network.")
        .waitFor();
      expect(await notice.getAttribute("data-code")).toBe("io");
      await keepPicture(page, "no-room");
      await seeChecked(page);
      await train(page, { steps: 5 });
      await page.getByText("Done: two students trained on wasm.").waitFor();
      await context.close();
    });

    it("says that the network is slow, and lets go at once when told to", async () => {
      const { api, browser } = fixture();
      const context = await browser.newContext({ serviceWorkers: "block" });
      const page = await context.newPage();
      await page.goto(api.url);
      await page.waitForSelector("body[data-ready]");
      await throttle(page, 10_000);
      await train(page, { steps: 5 });
      await page.getByText("It takes longer than usual: the network is slow. You can stop it.").waitFor();
      await keepPicture(page, "slow", "#classroom");
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Stopped.").waitFor({ timeout: 1000 });
      expect(await page.getByRole("button", { name: "Train both students" }).isEnabled()).toBe(true);
      await context.close();
    });
  });
}

/** @param bytesPerSecond of the page and of its workers */
async function throttle(page: Page, bytesPerSecond: number): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Network.enable");
  await devTools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 400,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
}
