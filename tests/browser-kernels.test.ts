import { registerWasmKernels } from "@lectern/client/kernels";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { executablePath, hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import { computeGradients } from "./browser/kernel-gradients.ts";
import { serveEntry } from "./browser/serve-entry.ts";

describe.skipIf(!hasChromium)(
  `the Wasm kernels in Chromium (skipped where there is none at ${executablePath})`,
  () => {
    let browser: Browser;
    let gradients: number[][];

    beforeAll(async () => {
      tf.env().set("PROD", true);
      registerWasmKernels();
      await tf.setBackend("wasm");
      ({ gradients } = computeGradients());
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());

    // Isolated pages get TensorFlow.js's build with threads, whose memory is shared.
    it.each([false, true])(
      "compute what they do in Node, in a page and in a worker; isolated: %s",
      async (isolated) => {
        const entry = await serveEntry("kernels-entry.ts", { isolated });
        const page = await browser.newPage();
        try {
          const watch = watchPage(page);
          await page.goto(entry.url);
          await page.waitForFunction(() => "computeInWorker" in window);
          expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(isolated);
          expect(await page.evaluate(() => window.computeInPage())).toEqual({ gradients, shared: isolated });
          expect(await page.evaluate(() => window.computeInWorker())).toEqual({
            gradients,
            shared: isolated,
          });
          expect(watch.complaints).toEqual([]);
        } finally {
          await Promise.all([page.close(), entry.stop()]);
        }
      },
    );
  },
);
