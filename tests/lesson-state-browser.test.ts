import { loadTeacher } from "@lectern/client";
import { selectBackend } from "@lectern/client/backends";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executablePath, hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import type { PortableTeacher, TrialOptions } from "./browser/lesson-state-entry.ts";
import { numbersOf, tinyData, tinyStudent } from "./browser/lesson-state-student.ts";
import { serveEntry } from "./browser/serve-entry.ts";
import { makeSmallTeacher } from "./browser/small-teacher.ts";

describe.skipIf(!hasChromium)(
  `lessons in pages and workers of Chromium (skipped where there is none at ${executablePath})`,
  () => {
    const steps = 45;
    let browser: Browser;
    let entry: Awaited<ReturnType<typeof serveEntry>>;
    let teacher: PortableTeacher;
    /** The student's weights after the lesson, taught in Node without an interruption. */
    let expected: number[];
    let initial: number[];

    beforeAll(async () => {
      const made = await makeSmallTeacher();
      teacher = { signed: made.signed, weights: Array.from(made.weights) };
      await selectBackend({ order: ["wasm"] });
      const model = tinyStudent();
      initial = await numbersOf(model);
      await (await loadTeacher(made)).teach(model, { ...tinyData(), steps });
      expected = await numbersOf(model);
      [entry, browser] = await Promise.all([serveEntry("lesson-state-entry.ts"), launchChromium()]);
    });
    afterAll(async () => {
      await Promise.all([browser?.close(), entry?.stop()]);
    });

    async function inPage<T>(work: (page: Page) => Promise<T>): Promise<T> {
      const page = await browser.newPage();
      try {
        const watch = watchPage(page);
        await page.goto(entry.url);
        await page.waitForFunction(() => "lessonState" in window);
        const result = await work(page);
        expect(watch.complaints).toEqual([]);
        return result;
      } finally {
        await page.close();
      }
    }
    const teach = (options: Omit<TrialOptions, "teacher" | "steps"> & { steps?: number }) =>
      inPage((page) =>
        page.evaluate((trial) => window.lessonState.teach(trial), { teacher, steps, ...options }),
      );

    it("selects a backend and says why: no emulated GPU unless it is asked for", async () => {
      const selected = await inPage((page) => page.evaluate(() => window.lessonState.selectBackend()));
      expect(selected).toEqual({
        backend: "wasm",
        reasons: [
          {
            backend: "webgpu",
            chosen: false,
            reason: expect.stringMatching(
              /^WebGPU is emulated on the processor here \(.*SwiftShader.*\)\.$/i,
            ) as string,
          },
          {
            backend: "webgl",
            chosen: false,
            reason: expect.stringMatching(
              /^(WebGL is emulated on the processor here|there is no WebGL 2 here|its package isn't loaded)/,
            ) as string,
          },
          { backend: "wasm", chosen: true, reason: "works." },
        ],
      });
      const asked = await inPage((page) =>
        page.evaluate(() => window.lessonState.selectBackend(["webgpu"], true)),
      );
      expect(asked).toMatchObject({
        backend: "webgpu",
        reasons: [
          { chosen: true, reason: expect.stringMatching(/^works, emulated on the processor/) as string },
        ],
      });
    });

    it("teaches on WebGL, where it is asked for an emulated GPU", async () => {
      await inPage(async (page) => {
        const selected = await page.evaluate(() => window.lessonState.selectBackend(["webgl"], true));
        expect(selected).toMatchObject({
          backend: "webgl",
          reasons: [
            { chosen: true, reason: expect.stringMatching(/^works, emulated.*SwiftShader/i) as string },
          ],
        });
        const { status, weights } = await page.evaluate(
          ([teacher, steps]) => window.lessonState.teachPlainly(teacher, steps),
          [teacher, steps] as const,
        );
        expect(status).toBe("completed");
        expect(weights).not.toEqual(initial);
        weights.forEach((weight, i) => expect(Math.abs(weight - expected[i]!)).toBeLessThan(0.02));
      });
    });

    it("teaches in a worker with the bits of Node, and without timers and frames, as in a hidden page", async () => {
      for (const hidden of [false, true]) {
        const result = await teach({ hidden });
        expect(result).toMatchObject({
          status: "completed",
          steps,
          backend: "wasm",
          emissions: 5,
          losses: [],
        });
        expect(result.weights).toEqual(expected);
      }
    });

    it("pauses without a step more, and goes on; stops by its signal", async () => {
      const paused = await teach({ at: { step: 12, do: "pause-and-resume" } });
      expect(paused).toMatchObject({ status: "completed", stepsWhilePaused: 0 });
      expect(paused.weights).toEqual(expected);
      // So long that no worker is through before it hears of the signal.
      const long = 20_000;
      const stopped = await teach({ steps: long, at: { step: 12, do: "abort" } });
      expect(stopped.status).toBe("aborted");
      expect(stopped.steps).toBeGreaterThanOrEqual(12);
      expect(stopped.steps).toBeLessThan(long);
      expect(stopped.weights).not.toEqual(initial);
    });

    it("a worker that is ended goes on from its save in another, with the same bits", async () => {
      await inPage(async (page) => {
        const go = (options: Partial<TrialOptions>) =>
          page.evaluate((trial) => window.lessonState.teach(trial), {
            teacher,
            steps,
            save: { name: "ended", everySteps: 10 },
            ...options,
          });
        const killed = await go({ at: { step: 25, do: "terminate" } });
        expect(killed.error?.message).toBe("the worker was ended");
        expect(killed.weights).toEqual(initial);
        const result = await go({});
        expect(result).toMatchObject({ status: "completed", steps });
        expect([20, 30, 40]).toContain(result.resumedAt);
        expect(result.weights).toEqual(expected);
      });
    });

    it("a page that was reloaded goes on from IndexedDB, with the same bits", async () => {
      await inPage(async (page) => {
        const go = (abortAt: number) =>
          page.evaluate(
            ([teacher, steps, abortAt]) => window.lessonState.teachHere(teacher, steps, "reloaded", abortAt),
            [teacher, steps, abortAt] as const,
          );
        expect(await go(17)).toMatchObject({ status: "aborted", steps: 17 });
        await page.reload();
        await page.waitForFunction(() => "lessonState" in window);
        const result = await go(Infinity);
        expect(result).toMatchObject({ status: "completed", resumedAt: 17 });
        expect(result.weights).toEqual(expected);
      });
    });

    it("goes on upon wasm where the worker's WebGPU device is lost", async () => {
      const result = await teach({
        backends: ["webgpu", "wasm"],
        save: { name: "lost", everySteps: 5 },
        at: { step: 7, do: "lose-device" },
      });
      expect(result).toMatchObject({ status: "completed", steps, backend: "wasm", losses: ["webgpu"] });
      expect(result.resumedAt).toBeGreaterThanOrEqual(5);
      expect(result.weights.every(Number.isFinite)).toBe(true);
    });

    it("hands errors over typed, and leaves the page's model as it was", async () => {
      const { error, weights } = await teach({ spoil: "labels" });
      expect(error).toEqual({
        name: "LecternError",
        code: "invalid-data",
        message: "train.y[7] isn't a class number from 0 to 9. Correct the data.",
      });
      expect(weights).toEqual(initial);
    });
  },
);
