import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@lectern/client";
import { publishTeacher } from "@lectern/client/connect";
import { selectBackend } from "@lectern/client/backends";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackendName } from "../client/page/classroom/backend-offers.ts";
import { readStory } from "../client/page/story.ts";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { executablePath, hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import { exampleStory } from "./browser/example-story.ts";
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
  let entry: Awaited<ReturnType<typeof serveEntry>>;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lectern-browser-"));
    [api, entry, browser] = await Promise.all([
      startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
      serveEntry(),
      launchChromium(),
    ]);
    await publishTeacher(api.url, { ...(await makeSmallTeacher()), token: api.token });
    tf.env().set("PROD", true);
    await selectBackend({ order: ["wasm"] });
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

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
