import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { exampleStory } from "../example-story.ts";
import { keepPicture, seeChecked, withPage, type PageFixture } from "../page-fixture.ts";

/** Teachers: the list, a teacher's page, and what is said where something is missing. */
export function testGallery(fixture: () => PageFixture): void {
  describe("the gallery", () => {
    it("loads little before anything is pressed", async () => {
      const sizes = await Promise.all(
        fixture().built.firstLoad.map(
          async (path) =>
            gzipSync(await readFile(new URL(`../../../api/public/${path}`, import.meta.url))).length,
        ),
      );
      // The bar is 150,000; this is what there is, so that nobody adds a framework unnoticed.
      expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(45_000);
    });

    it("finds a teacher, and shows what it is and does, at any time of a training", async () => {
      await withPage(fixture(), async (page) => {
        const row = page.getByRole("row", { name: "small-glyphs" });
        await seeChecked(page);
        expect(await row.innerText()).toMatch(
          /small-glyphs\s+✓ signature and digest\s+1\.0\.0\s+mixed\s+glyphs\s+local/s,
        );
        expect(await page.locator("#story").isHidden()).toBe(true);
        await page.getByLabel("Search names and descriptions").fill("no such thing");
        await page.getByText("No teacher's name or description has “no such thing” in it.").waitFor();
        await keepPicture(page, "gallery-no-match");
        // A search narrows the list, not what the classroom offers.
        expect(await page.getByLabel("Teacher", { exact: true }).inputValue()).toBe("small-glyphs@1.0.0");
        await page.getByLabel("Search names and descriptions").fill("browser test");
        await page.getByRole("link", { name: "small-glyphs" }).click();
        const teacher = page.getByRole("region", { name: "small-glyphs@1.0.0" });
        await teacher.getByText("✓ Signature and digest checked on this device").waitFor();
        await teacher.getByText(/^sgd at rate 0\.6, cosine; batches of 32; 120 steps$/).waitFor();
        await teacher.getByText("Nobody has reported how it does on their own data yet.").waitFor();
        // Twelve emissions at thirteen probabilities.
        expect(await teacher.locator("rect.heat").count()).toBe(12 * 13);
        expect(await teacher.locator("#doing-at").innerText()).toBe("step 110");
        await teacher.getByLabel("Time").press("Home");
        expect(await teacher.locator("#doing-at").innerText()).toBe("step 0");
        expect(await teacher.locator("svg").nth(1).getAttribute("aria-label")).toMatch(
          /^Pull at step 0: -?\d/,
        );
        expect(await teacher.getByRole("listitem").count()).toBe(5);
        expect(await page.evaluate(() => document.activeElement?.id)).toBe("doing-time");
        await keepPicture(page, "teacher", "#teacher-page");
      });
    });

    it("says so where an address names no teacher", async () => {
      const { api, browser } = fixture();
      const page = await browser.newPage({ serviceWorkers: "block" });
      await page.goto(`${api.url}#teacher=nobody@1.0.0`);
      await page.locator("#teacher-page").getByRole("alert").waitFor();
      expect(await page.locator("#teacher-page").innerText()).toContain("nobody");
      await page.close();
    });

    it("says that the API is down, and goes on when it is back", async () => {
      const { api, browser } = fixture();
      const page = await browser.newPage({ serviceWorkers: "block" });
      await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
      await page.goto(api.url);
      const problem = page.locator("#teacher-list").getByRole("alert");
      await problem.waitFor();
      expect(await problem.getAttribute("data-code")).toBe("unreachable");
      expect(await problem.innerText()).toBe(
        `The API at ${api.url} can't be reached. Check your network, then try again.`,
      );
      await page.getByText("There is nobody to learn from as long as teachers can't be listed.").waitFor();
      expect(await page.getByRole("button", { name: "Train both students" }).isDisabled()).toBe(true);
      await keepPicture(page, "api-down");
      await page.unroute("**/v1/**");
      await page.getByRole("button", { name: "Try again" }).click();
      await seeChecked(page);
      expect(await page.getByRole("button", { name: "Train both students" }).isEnabled()).toBe(true);
      await page.close();
    });

    it("draws the result of npm start on a phone, with nothing cut off", async () => {
      await withPage(
        fixture(),
        async (page) => {
          await page.locator("#story").waitFor();
          expect(await page.locator("#story-text").innerText()).toContain(
            "The teacher's students err on 11.0 % of the test images, those of the best fixed loss on 13.0 %: 15.4 % fewer mistakes. The teacher's did better in 1 of 2 pairs.",
          );
          expect(await page.locator("#story-plot .dot").count()).toBe(2);
          expect(await page.locator("#story-table tbody tr").allInnerTexts()).toEqual([
            "student 1\t10.00 %\t14.00 %\t−4.00 points",
            "student 2\t12.00 %\t12.00 %\t0.00 points",
            "mean\t11.00 %\t13.00 %\t−2.00 points",
          ]);
          // What npm start found best is what the classroom compares with at first.
          expect(
            await page.getByLabel("Fixed loss to compare with").locator("option").first().innerText(),
          ).toBe("generalised cross entropy 0.7, rate 1.6 (best tuned one of npm start)");
          expect(await page.getByLabel("Labels redrawn at random").inputValue()).toBe("30");
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
          ).toBeLessThanOrEqual(0);
        },
        { story: exampleStory, viewport: { width: 360, height: 740 } },
      );
    });

    it("enforces its policy: no other origin is asked, no script of the page's own making runs", async () => {
      const { api, browser, built } = fixture();
      const page = await browser.newPage({ serviceWorkers: "block" });
      const answered: string[] = [];
      page.on("response", (response) => answered.push(new URL(response.url()).origin));
      const answer = await page.goto(api.url);
      expect(answer!.headers()["content-security-policy"]).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'$/,
      );
      await page.waitForSelector("body[data-ready]");
      const violations = await page.evaluate(async () => {
        const seen: string[] = [];
        document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
        await fetch("https://example.com/").catch(() => undefined);
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.head.append(script);
        const image = new Image();
        image.src = "https://example.com/pixel.png";
        await new Promise((done) => image.addEventListener("error", done));
        return [...new Set(seen), "ran" in window ? "a script ran" : "nothing ran"];
      });
      // The header and the page itself have the policy.
      expect(violations.toSorted()).toEqual(["connect-src", "img-src", "nothing ran", "script-src-elem"]);
      expect(new Set(answered)).toEqual(new Set([api.url]));
      // A worker goes by the policy of its own file.
      const worker = built.files.find(({ path }) => /worker-\w+\.js$/.test(path))!;
      const { headers } = await page.request
        .get(`${api.url}/${worker.path}`)
        .then((got) => ({ headers: got.headers() }));
      expect(headers["content-security-policy"]).toContain("connect-src 'self'");
      await page.close();
    });
  });
}
