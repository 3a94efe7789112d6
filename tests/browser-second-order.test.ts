import { expect, it } from "vitest";
import { caseGroups } from "../trainer/src/overlay/contract/table.ts";
import { executablePath, hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import { serveEntry } from "./browser/serve-entry.ts";

it.skipIf(!hasChromium)(
  `every operation is right to second order on WebGPU in Chromium (skipped where there is none at ${executablePath})`,
  async () => {
    const [entry, browser] = await Promise.all([serveEntry("second-order-entry.ts"), launchChromium()]);
    try {
      const page = await browser.newPage();
      const watch = watchPage(page);
      await page.goto(entry.url);
      await page.waitForFunction(() => "checkSecondOrder" in window);
      const report = await page.evaluate(() => window.checkSecondOrder());
      expect(report).toEqual({
        backend: "webgpu",
        checked: caseGroups.reduce((count, { cases }) => count + cases.length, 0),
        wrong: [],
      });
      expect(watch.complaints).toEqual([]);
    } finally {
      await Promise.all([browser.close(), entry.stop()]);
    }
  },
);
