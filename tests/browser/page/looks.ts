import { writeFile } from "node:fs/promises";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { exampleStory } from "../example-story.ts";
import { artefactPath, keepPicture, train, withPage, type PageFixture } from "../page-fixture.ts";
import { flowerTable } from "./flowers.ts";

declare global {
  interface Window {
    axe: typeof axe;
    /** Milliseconds from each frame to the next. */
    frameGaps: number[];
    /** What the page's own clock saw; milliseconds, and a share of the screen. */
    timings: { firstPaint: number; largestPaint: number; ready: number; shift: number; longTasks: number };
  }
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;

/** Whether everybody can use it: on a phone, by keyboard, with a screen reader, in dark and light. */
export function testLooks(fixture: () => PageFixture): void {
  describe("looks", () => {
    it.each([
      ["light", "desktop", {}],
      ["dark", "phone", phone],
    ] as const)(
      "breaks no rule of axe's in %s on a %s, with everything open, and nothing is cut off",
      async (colorScheme, device, options) => {
        await withPage(
          fixture(),
          async (page) => {
            await keepPicture(page, `first-${device}-${colorScheme}`, "whole");
            await page.getByRole("link", { name: "small-glyphs" }).click();
            await page.locator("rect.heat").first().waitFor();
            await page.getByLabel("Your own data").check();
            await page.setInputFiles("#csv-file", {
              name: "flowers.csv",
              mimeType: "text/csv",
              buffer: Buffer.from(
                flowerTable(
                  Array.from({ length: 10 }, (_, k) => String(k)),
                  120,
                ),
              ),
            });
            await page.getByText("knows these classes by name.").waitFor();
            await page.getByLabel("Pairs of students, one after the other").fill("2");
            await train(page, { steps: 20 });
            await page.getByText("Done: 2 pairs of students trained on wasm.").waitFor();
            await page.getByText("The code that trains these two students once more").click();
            await page.getByText("The curves as numbers").click();
            await keepPicture(page, `all-${device}-${colorScheme}`, "whole");
            expect(await overflow(page)).toEqual([]);
            await page.evaluate(axe.source);
            const { passes, violations } = await page.evaluate(() => window.axe.run());
            expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
            expect(passes.length).toBeGreaterThan(40);
          },
          { story: exampleStory, colorScheme, ...options },
        );
      },
    );

    it("can be used by keyboard alone: a focus that one sees, in the order of the page", async () => {
      await withPage(
        fixture(),
        async (page) => {
          // Long before it's needed: the browser is told of it by a message that nothing waits for.
          const chooser = page.waitForEvent("filechooser");
          await page.keyboard.press("Tab");
          expect(await focused(page)).toBe("Skip to the classroom");
          await page.keyboard.press("Enter");
          const walk: string[] = [];
          for (let i = 0; i < 11; i++) {
            await page.keyboard.press("Tab");
            walk.push(await focused(page));
            expect(await outline(page), walk.at(-1)!).toMatch(/^solid [23]px/);
          }
          expect(walk).toEqual([
            "task-glyphs",
            "noise",
            "examples",
            "imbalance",
            "teacher",
            "rival",
            "student",
            "backend",
            "pairs",
            "steps",
            "seed",
          ]);
          await page.locator("#steps").focus();
          await page.keyboard.type("20");
          await page.keyboard.press("Enter");
          await page.getByText("Done: two students trained on wasm.").waitFor();
          await page.locator("#scrub").focus();
          await page.keyboard.press("ArrowLeft");
          expect(await page.locator("#scrub").getAttribute("aria-valuetext")).toBe("step 0");
          // Other data, by arrow; files are chosen with Enter or space.
          await page.locator("#task-glyphs").focus();
          await page.keyboard.press("ArrowDown");
          await page.keyboard.press("Tab");
          expect(await focused(page)).toBe("csv-file");
          await page.keyboard.press("Enter");
          expect((await chooser).isMultiple()).toBe(false);
        },
        { reducedMotion: "reduce" },
      );
    });

    it("moves nothing by itself, shifts nothing, is there at once, and tells how smooth it is while students train", async () => {
      const { api, browser, built } = fixture();
      const page = await browser.newPage({ serviceWorkers: "block", ...phone });
      await page.addInitScript(() => {
        window.timings = { firstPaint: 0, largestPaint: 0, ready: 0, shift: 0, longTasks: 0 };
        const watch = (type: string, see: (entry: PerformanceEntry & { value?: number }) => void) =>
          new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true });
        watch("paint", ({ startTime }) => (window.timings.firstPaint = startTime));
        watch("largest-contentful-paint", ({ startTime }) => (window.timings.largestPaint = startTime));
        watch("layout-shift", ({ value = 0 }) => (window.timings.shift += value));
        watch("longtask", () => (window.timings.longTasks += 1));
      });
      await page.goto(api.url);
      await page.waitForSelector("body[data-ready]");
      const timings = await page.evaluate(() => {
        window.timings.ready = performance.now();
        return { ...window.timings, animations: document.getAnimations().length };
      });
      expect(timings.animations).toBe(0);
      expect(timings.largestPaint).toBeGreaterThan(0);
      // Google's bar for a good page is 0.1.
      expect(timings.shift).toBeLessThan(0.1);
      await page.evaluate(() => {
        window.frameGaps = [];
        let last = performance.now();
        const see = () => {
          const now = performance.now();
          window.frameGaps.push(now - last);
          last = now;
          requestAnimationFrame(see);
        };
        requestAnimationFrame(see);
      });
      await train(page, { steps: 100 });
      await page.getByText("Done: two students trained on wasm.").waitFor();
      const gaps = (await page.evaluate(() => window.frameGaps)).toSorted((a, b) => a - b);
      const frames = { count: gaps.length, medianMs: gaps[gaps.length >> 1], worstMs: gaps.at(-1) };
      const bytes = built.files.filter(({ path }) => built.firstLoad.includes(path));
      const unzippedBytes = bytes.reduce((sum, one) => sum + one.bytes, 0);
      await writeFile(
        await artefactPath("timings.json"),
        `${JSON.stringify({ ...timings, unzippedBytes, framesWhileTraining: frames }, null, 2)}\n`,
      );
      await page.close();
    });
  });
}

/** Elements that stick out of the screen, other than those in something that scrolls. */
const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth + 1;
    return [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => !element.closest(".scroll, pre, .skip, svg, [hidden]"))
      .filter((element) => element.getBoundingClientRect().right > wide)
      .map((element) => `${element.tagName}#${element.id}: ${element.textContent?.slice(0, 40)}`);
  });

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement!.id || document.activeElement!.textContent!.trim());

const outline = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
    return `${outlineStyle} ${outlineWidth}`;
  });
