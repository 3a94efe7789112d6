import { sha256Hex } from "@lectern/shared/artifact";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { executablePath, hasChromium, launchChromium } from "./browser/chromium.ts";
import { serveEntry } from "./browser/serve-entry.ts";
import { makeSmallTeacher } from "./browser/small-teacher.ts";

const api = "http://teachers.test";

describe.skipIf(!hasChromium)(
  `teachers in Chromium's Cache API (skipped where there is none at ${executablePath})`,
  () => {
    let browser: Browser;
    let entry: Awaited<ReturnType<typeof serveEntry>>;
    let context: BrowserContext;
    let page: Page;
    let online = true;
    let asked: string[] = [];

    beforeAll(async () => {
      [entry, browser] = await Promise.all([serveEntry("offline-entry.ts"), launchChromium()]);
    });
    afterAll(async () => {
      await Promise.all([browser?.close(), entry?.stop()]);
    });
    beforeEach(async () => {
      [online, asked] = [true, []];
      const { signed, weights } = await makeSmallTeacher();
      const weightsPath = `/v1/weights/${await sha256Hex(weights)}`;
      context = await browser.newContext();
      await context.route(`${api}/**`, async (route) => {
        const { pathname } = new URL(route.request().url());
        asked.push(pathname);
        if (!online) return route.abort("internetdisconnected");
        const headers = { "access-control-allow-origin": "*" };
        if (pathname === weightsPath) return route.fulfill({ headers, body: Buffer.from(weights) });
        if (pathname.includes("/versions/")) return route.fulfill({ headers, json: signed });
        return route.fulfill({ headers, status: 404, json: { title: "Nothing is here." } });
      });
      page = await context.newPage();
      await open();
    });
    afterEach(() => context.close());

    async function open(): Promise<void> {
      await page.goto(entry.url);
      await page.waitForFunction(() => "pullOffline" in window);
    }
    const pull = () => page.evaluate((url) => window.pullOffline(url), api);

    it("are there without a network once they were pulled, in the next page, too; damage isn't believed", async () => {
      expect(await pull()).toEqual({ outcome: "pulled 1.0.0", notKept: [] });
      online = false;
      await open();
      expect(await pull()).toEqual({ outcome: "pulled 1.0.0", notKept: [] });
      await page.evaluate(() => window.damageWeights());
      expect((await pull()).outcome).toBe("unreachable");
      online = true;
      expect((await pull()).outcome).toBe("pulled 1.0.0");
      online = false;
      expect((await pull()).outcome).toBe("pulled 1.0.0");
      expect(asked.filter((path) => path.startsWith("/v1/weights/")).length).toBe(3);
    });

    it("are pulled where the quota is full, which says that they aren't kept", async () => {
      const session = await context.newCDPSession(page);
      await session.send("Storage.overrideQuotaForOrigin", { origin: entry.url, quotaSize: 1 });
      const { outcome, notKept } = await pull();
      expect(outcome).toBe("pulled 1.0.0");
      expect(notKept).toContainEqual(
        expect.stringMatching(/^The browser has no room to keep weights\/[0-9a-f]{64}\. Free some/),
      );
      online = false;
      expect((await pull()).outcome).toBe("unreachable");
    });
  },
);
