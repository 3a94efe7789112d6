import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { connect } from "@lectern/client";
import { publishTeacher } from "@lectern/client/connect";
import { registerWasmKernels } from "@lectern/client/kernels";
import * as tf from "@tensorflow/tfjs-core";
import axe from "axe-core";
import "@tensorflow/tfjs-backend-wasm";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackendName } from "../client/page/classroom/choice.ts";
import { readStory, type StoryResult } from "../client/page/story.ts";
import { buildPage, type BuiltPage } from "../scripts/build-page.ts";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { executablePath, hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import { teachTinyStudent, type LessonRecord } from "./browser/lesson.ts";
import { serveEntry } from "./browser/serve-entry.ts";
import { makeSmallTeacher } from "./browser/small-teacher.ts";

const required = process.env["CI"] !== undefined;

it.runIf(required)(`finds Chromium at ${executablePath}, which CI must have`, () => {
  expect(hasChromium).toBe(true);
});

describe.skipIf(!hasChromium)(`in Chromium (skipped where there is none at ${executablePath})`, () => {
  let folder: string;
  let api: RunningApi;
  let built: BuiltPage;
  let entry: Awaited<ReturnType<typeof serveEntry>>;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lectern-browser-"));
    built = await buildPage();
    [api, entry, browser] = await Promise.all([
      startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
      serveEntry(),
      launchChromium(),
    ]);
    await publishTeacher(api.url, { ...(await makeSmallTeacher()), token: api.token });
    tf.env().set("PROD", true);
    registerWasmKernels();
    await tf.setBackend("wasm");
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([api?.stop(), entry?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function teachInBrowser(backend: BackendName, steps: number): Promise<LessonRecord> {
    const page = await browser.newPage();
    const watch = watchPage(page);
    await page.goto(entry.url);
    await page.waitForFunction(() => "lecternTest" in window);
    const record = await page.evaluate((request) => window.lecternTest.teach(request), {
      api: api.url,
      teacher: "small-glyphs@^1.0",
      backend,
      steps,
    });
    expect(watch.complaints).toEqual([]);
    expect([...watch.origins].toSorted()).toEqual([api.url, entry.url].toSorted());
    await page.close();
    return record;
  }

  async function expectSameCoefficients({ emissions }: LessonRecord): Promise<void> {
    const teacher = await connect(api.url).teacher("small-glyphs");
    const shown = new Set<number>();
    for (const { state, phi } of emissions) {
      const here = teacher.emit(state);
      expect(Object.keys(phi)).toEqual(Object.keys(here));
      for (const [name, { data }] of Object.entries(here))
        expect(largestDifference(phi[name]!, data), name).toBeLessThan(1e-5);
      shown.add(here["g"]!.data[0]!);
    }
    // φ follows the state: the agreement isn't that of a constant.
    expect(shown.size).toBe(emissions.length);
  }

  it("teaches a student on WebGPU, its φ being Node's for the same states", async () => {
    const record = await teachInBrowser("webgpu", 30);
    expect(record).toMatchObject({ backend: "webgpu", status: "completed" });
    expect(record.crossEntropy.after).toBeLessThan(record.crossEntropy.before - 0.15);
    expect(record.tensors.after).toBe(record.tensors.before);
    expect(record.emissions.map(({ step }) => step)).toEqual([0, 10, 20]);
    await expectSameCoefficients(record);
  });

  it("teaches a student on Wasm, its φ and its weights being Node's", async () => {
    const steps = 60;
    const record = await teachInBrowser("wasm", steps);
    expect(record).toMatchObject({ backend: "wasm", status: "completed" });
    expect(record.crossEntropy.after).toBeLessThan(record.crossEntropy.before - 0.3);
    expect(record.tensors.after).toBe(record.tensors.before);
    await expectSameCoefficients(record);
    const here = await teachTinyStudent(await connect(api.url).teacher("small-glyphs@1.0.0"), steps);
    expect(here.backend).toBe("wasm");
    expect(here.weights.map((weight) => weight.length)).toEqual([64 * 16, 16, 16 * 10, 10]);
    // The same kernels, the same order of operations: the same bits.
    expect(record.weights).toEqual(here.weights);
  });

  describe("the page", () => {
    async function openPage(
      story: StoryResult | null,
      run: (page: Page) => Promise<void>,
      options: Parameters<Browser["newPage"]>[0] = {},
    ): Promise<void> {
      const page = await browser.newPage(options);
      const watch = watchPage(page);
      await page.route("**/story.json", (route) => route.fulfill({ json: story }));
      await page.goto(api.url);
      await page.waitForSelector("body[data-ready]");
      await run(page);
      expect(watch.complaints).toEqual([]);
      expect([...watch.origins]).toEqual([api.url]);
      await page.close();
    }

    it("loads little before anything is pressed", async () => {
      const sizes = await Promise.all(
        built.firstLoad.map(
          async (path) => gzipSync(await readFile(new URL(`../api/public/${path}`, import.meta.url))).length,
        ),
      );
      expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(40_000);
    });

    it("lists the teachers, checks them, and trains two students on Wasm", async () => {
      await openPage(null, async (page) => {
        const row = page.getByRole("row", { name: "small-glyphs" });
        await row.getByText("✓ signature and digest").waitFor();
        expect(await row.innerText()).toMatch(/small-glyphs\s+1\.0\.0\s+✓.*mixed\s+glyphs\s+local/s);
        expect(await page.locator("#story").isHidden()).toBe(true);

        await page.getByLabel("Backend").selectOption("wasm");
        await page
          .getByLabel("Fixed loss to compare with")
          .selectOption({ label: "label smoothing 0.1 (not tuned)" });
        await page.getByLabel(/^Steps/).fill("40");
        await page.getByRole("button", { name: "Train both students" }).click();
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

        // Who taught whom is what they confuse, and both can be taken along.
        expect(await page.locator("#confusion table").count()).toBe(2);
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("button", { name: "Download the teacher's student" }).click(),
        ]);
        expect(download.suggestedFilename()).toBe("student.json");
        const json = JSON.parse(await readFile(await download.path(), "utf8")) as {
          weightsManifest: [{ paths: string[]; weights: { shape: number[] }[] }];
        };
        expect(json.weightsManifest[0].weights.map(({ shape }) => shape)).toEqual([
          [144, 64],
          [64],
          [64, 10],
          [10],
        ]);
        expect(await page.locator("#reproduce").textContent()).toContain('.teacher("small-glyphs@1.0.0")');

        await page.getByLabel("Time").press("Home");
        expect(await page.locator("#scrub-at").innerText()).toBe("step 0");
        expect(await page.locator("#loss-plot svg").getAttribute("aria-label")).toMatch(
          /^Loss over the probability of the label at step 0:/,
        );
      });
    });

    it("finds a teacher, and shows what it is and does, at any time of a training", async () => {
      await openPage(null, async (page) => {
        await page.getByLabel("Search names and descriptions").fill("no such thing");
        await page.getByText("No teacher's name or description has “no such thing” in it.").waitFor();
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
      });
    });

    it("says so where an address names no teacher", async () => {
      const page = await browser.newPage();
      await page.goto(`${api.url}#teacher=nobody@1.0.0`);
      await page.locator("#teacher-page").getByRole("alert").waitFor();
      expect(await page.locator("#teacher-page").innerText()).toContain("nobody");
      await page.close();
    });

    it("trains three pairs, and is honest about ties", async () => {
      await openPage(null, async (page) => {
        await page.getByLabel("Backend").selectOption("wasm");
        await page.getByLabel("Pairs of students, one after the other").fill("3");
        await page.getByLabel(/^Steps/).fill("10");
        await page.getByRole("button", { name: "Train both students" }).click();
        await page.getByText("Done: 3 pairs of students trained on wasm.").waitFor();
        expect(await page.locator("#result").innerText()).toMatch(
          /^Over 3 pairs the teacher's students get \d+\.\d % of the clean test images wrong, .* points \(95 % interval −?\d+\.\d to −?\d+\.\d\).* in \d of 3 pairs\./,
        );
        expect(await page.locator("#pairs-plot .dot").count()).toBe(3);
      });
    });

    it("pauses without a step more, and goes on", async () => {
      await openPage(null, async (page) => {
        await page.getByLabel("Backend").selectOption("wasm");
        await page.getByLabel(/^Steps/).fill("600");
        await page.getByRole("button", { name: "Train both students" }).click();
        const progress = () =>
          page.locator("#progress").evaluate((bar) => (bar as HTMLProgressElement).value);
        await page.waitForFunction(
          () => document.querySelector<HTMLProgressElement>("#progress")!.value > 20,
        );
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByText("Paused.").waitFor();
        const settled = await progress();
        expect(settled).toBeLessThan(1200);
        // Two frames later nothing has moved.
        await page.evaluate(
          () => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))),
        );
        expect(await progress()).toBe(settled);
        await page.getByRole("button", { name: "Go on" }).click();
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await progress()).toBe(1200);
      });
    });

    it("stops when told to, and starts again", async () => {
      await openPage(null, async (page) => {
        await page.getByLabel("Backend").selectOption("wasm");
        await page.getByLabel(/^Steps/).fill("20000");
        await page.getByRole("button", { name: "Train both students" }).click();
        await page.waitForFunction(() => document.querySelectorAll("#phi figure").length > 0);
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByText("Stopped.").waitFor();
        expect(await page.locator("#result").innerText()).toBe("");
        await page.getByLabel(/^Steps/).fill("10");
        await page.getByRole("button", { name: "Train both students" }).click();
        await page.getByText("Done: two students trained on wasm.").waitFor();
      });
    });

    it.each(["light", "dark"] as const)("breaks no rule of axe's, in %s", async (colorScheme) => {
      await openPage(
        exampleStory,
        async (page) => {
          await page.getByRole("link", { name: "small-glyphs" }).click();
          await page.locator("rect.heat").first().waitFor();
          await page.getByLabel("Backend").selectOption("wasm");
          await page.getByLabel("Pairs of students, one after the other").fill("2");
          await page.getByLabel(/^Steps/).fill("10");
          await page.getByRole("button", { name: "Train both students" }).click();
          await page.getByText("Done: 2 pairs of students trained on wasm.").waitFor();
          await page.evaluate(axe.source);
          const { passes, violations } = await page.evaluate(() => window.axe.run());
          expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
          expect(passes.length).toBeGreaterThan(40);
        },
        { colorScheme },
      );
    });

    it("says what is wrong where the teacher can't be fetched", async () => {
      const page = await browser.newPage();
      await page.goto(api.url);
      await page.waitForSelector("body[data-ready]");
      await page.route("**/v1/**", (route) => route.fulfill({ status: 404, json: {} }));
      await page.getByLabel("Backend").selectOption("cpu");
      await page.getByRole("button", { name: "Train both students" }).click();
      // The list of teachers, which is checked meanwhile, may say so too.
      await page.locator("#status").getByText(`The API at ${api.url} answered 404.`).waitFor();
      expect(await page.getByRole("button", { name: "Train both students" }).isEnabled()).toBe(true);
      await page.close();
    });

    it("draws the result of npm start on a phone, with nothing cut off", async () => {
      await openPage(
        exampleStory,
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
        { viewport: { width: 360, height: 740 } },
      );
    });
  });
});

describe("a story", () => {
  it("is read if it is whole, and else is none", () => {
    expect(readStory(exampleStory)).toBe(exampleStory);
    expect(readStory(null)).toBeUndefined();
    expect(readStory({ ...exampleStory, students: [] })).toBeUndefined();
    expect(readStory({ ...exampleStory, relative: "-15 %" })).toBeUndefined();
    expect(
      readStory({ ...exampleStory, bestFixed: { ...exampleStory.bestFixed, parameter: null } }),
    ).toBeDefined();
  });
});

const exampleStory: StoryResult = {
  seed: 1,
  task: { name: "glyphs", subset: 1000, labelNoise: 0.3, steps: 300, testExamples: 2000 },
  teacher: { name: "small-glyphs", version: "1.0.0" },
  bestFixed: { name: "generalised-cross-entropy", parameter: 0.7, learningRate: 1.6000000000000003 },
  students: [
    { seed: 1, teacherError: 0.1, fixedError: 0.14 },
    { seed: 2, teacherError: 0.12, fixedError: 0.12 },
  ],
  meanTeacher: 0.11,
  meanFixed: 0.13,
  relative: -0.02 / 0.13,
  metaTraining: [
    { metaStep: 0, devError: 0.15 },
    { metaStep: 10, devError: 0.11 },
  ],
  generatedAt: "2026-11-23T20:00:00Z",
};

declare global {
  interface Window {
    axe: typeof axe;
  }
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
