import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { keepPicture, train, withPage, type PageFixture } from "../page-fixture.ts";
import { contents, downloads, runLesson } from "./downloads.ts";

const status = (page: Page) => page.locator("#status");

/** Lessons on drawn glyphs: what is shown, kept, paused, stopped and taken along. */
export function testClassroom(fixture: () => PageFixture): void {
  describe("the classroom", () => {
    it("trains two students on Wasm; downloaded, they are what the downloaded code makes of them in Node, bit for bit", async () => {
      await withPage(fixture(), async (page) => {
        await page
          .getByLabel("Fixed loss to compare with")
          .selectOption({ label: "label smoothing 0.1 (not tuned)" });
        await page.getByLabel("Imbalance").fill("5");
        await page.getByLabel(/^Training images/).fill("400");
        await train(page, { steps: 40 });
        await page.getByText("Done: two students trained on wasm.").waitFor({ timeout: 30_000 });
        expect(await page.locator("#result").innerText()).toMatch(
          /^Of 2,000 clean test images, the teacher's student gets \d+\.\d % wrong, the student of label smoothing 0\.1 \d+\.\d %: .*Note: steps is 40, expected 120\.$/,
        );
        // Errors at steps 0, 10, 20, 30 and 40, as a picture and as a table.
        expect(await page.locator("#errors-plot svg").getAttribute("aria-label")).toMatch(
          /^Validation error over steps. Step 40:/,
        );
        await page.getByText("The curves as numbers").click();
        const numbers = page.locator("#numbers tbody tr");
        expect(await numbers.count()).toBe(5);
        // The same initial weights: the same error at step 0.
        const [, teacher, fixed] = await numbers.first().locator("th, td").allInnerTexts();
        expect(teacher).toBe(fixed);
        expect(await page.locator("#phi figure").count()).toBe(7);
        expect(await page.locator("#confusion table").count()).toBe(2);
        await page.getByLabel("Time").press("Home");
        expect(await page.locator("#scrub-at").innerText()).toBe("step 0");
        expect(await page.locator("#loss-plot svg").getAttribute("aria-label")).toMatch(
          /^Loss over the probability of the label at step 0:/,
        );
        // Four emissions, of which eleven probabilities are drawn.
        expect(await page.locator("#surface-plot rect.heat").count()).toBe(4 * 11);
        expect(await page.locator("#surface-plot svg").getAttribute("aria-label")).toMatch(
          /4 so far\. At step 0: \d+(\.\d+)? where the label's probability is 0\.01, /,
        );

        const files = await downloads(page, "Download the teacher's student", 2);
        const json = JSON.parse((await contents(files["student-of-teacher.json"]!)).toString()) as SavedJson;
        expect(json.weightsManifest).toEqual([
          { paths: ["student-of-teacher.weights.bin"], weights: expect.any(Array) },
        ]);
        expect(json.weightsManifest[0]!.weights.map(({ shape }) => shape)).toEqual([
          [144, 64],
          [64],
          [64, 10],
          [10],
        ]);
        expect(json.userDefinedMetadata).toMatchObject({ inputShape: [12, 12, 1] });
        const weights = await contents(files["student-of-teacher.weights.bin"]!);
        const { "lesson.mjs": code } = await downloads(page, "Download the code", 1);
        const again = await runLesson(await contents(code!), fixture().api.url);
        expect(again.weights).toBe(createHash("sha256").update(weights).digest("hex"));
        // And the accuracies are the page's: 100 % less its errors.
        const said = (await page.locator("#result").innerText()).match(/\d+\.\d(?= %)/g)!;
        const accuracies = again.printed.match(/accuracy (0\.\d+)/g)!.map((words) => Number(words.slice(9)));
        for (const [i, accuracy] of accuracies.entries())
          expect(Math.abs(100 - 100 * accuracy - Number(said[i]))).toBeLessThan(0.0501);
      });
    });

    it("stops amid three pairs, goes on, and says what it would have said unstopped; honest about ties", async () => {
      await withPage(fixture(), async (page) => {
        await page.getByLabel("Pairs of students, one after the other").fill("3");
        await train(page, { steps: 30 });
        await page.getByText("Done: 3 pairs of students trained on wasm.").waitFor();
        const unstopped = await page.locator("#result").innerText();
        expect(unstopped).toMatch(
          /^Over 3 pairs the teacher's students get \d+\.\d % of the clean test images wrong, .* points \(95 % interval −?\d+\.\d to −?\d+\.\d\).* in \d of 3 pairs\./,
        );
        expect(await page.locator("#pairs-plot .dot").count()).toBe(3);
        expect(await page.locator("#accuracies tbody tr").first().innerText()).toMatch(
          /^the teacher\t\d+\.\d % ± \d+\.\d(\t\d+\.\d %){3}$/,
        );
        await page.getByRole("button", { name: "Train both students" }).click();
        await page.waitForFunction(() => document.querySelector("#result")!.textContent !== "");
        await page.getByRole("button", { name: "Stop" }).click();
        await page
          .getByText(/^Stopped\. The (pair that is done stays|2 pairs that are done stay)\.$/)
          .waitFor();
        await keepPicture(page, "stopped", "#classroom");
        await page.getByRole("button", { name: /^Go on with pair [23] of 3$/ }).click();
        await page.getByText("Done: 3 pairs of students trained on wasm.").waitFor();
        expect(await page.locator("#result").innerText()).toBe(unstopped);
      });
    });

    it("pauses without a step more, and goes on", async () => {
      await withPage(fixture(), async (page) => {
        await train(page, { steps: 150 });
        const progress = () =>
          page.locator("#progress").evaluate((bar) => (bar as HTMLProgressElement).value);
        await page.waitForFunction(
          () => document.querySelector<HTMLProgressElement>("#progress")!.value > 20,
        );
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByText("Paused.").waitFor();
        const settled = await progress();
        expect(settled).toBeLessThan(300);
        // Two frames later nothing has moved.
        await page.evaluate(
          () => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))),
        );
        expect(await progress()).toBe(settled);
        await page.getByRole("button", { name: "Go on" }).click();
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await progress()).toBe(300);
      });
    });

    it("takes WebAssembly by itself where WebGPU is software, saying why, and trains a LeNet on it", async () => {
      await withPage(fixture(), async (page) => {
        expect(await page.locator("#backend-reason").innerText()).toBe(
          "Takes WebAssembly: it runs on every processor, and small students gain little from a GPU. WebGPU (software: slow): this browser runs WebGPU in software, slower than WebAssembly.",
        );
        await page.getByLabel("Student", { exact: true }).selectOption("lenet");
        await train(page, { steps: 5, backend: "auto" });
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await page.locator("#backend-taken").innerText()).toBe("Ran on wasm.");
        expect(await page.locator("#reproduce").textContent()).toContain('student: "lenet"');
      });
    });

    it("says what is wrong where the teacher can't be fetched", async () => {
      const { api, browser } = fixture();
      const page = await browser.newPage({ serviceWorkers: "block" });
      await page.goto(api.url);
      await page.waitForSelector("body[data-ready]");
      await page.route("**/v1/**", (route) => route.fulfill({ status: 404, json: {} }));
      await train(page, { steps: 5, backend: "cpu" });
      // The list of teachers, which is checked meanwhile, may say so too.
      await status(page).getByText(`The API at ${api.url} answered 404.`).waitFor();
      expect(await status(page).getAttribute("data-code")).toBe("not-found");
      expect(await page.getByRole("button", { name: "Train both students" }).isEnabled()).toBe(true);
      await page.close();
    });
  });
}

interface SavedJson {
  readonly weightsManifest: readonly { paths: string[]; weights: { shape: number[] }[] }[];
  readonly userDefinedMetadata: unknown;
}
