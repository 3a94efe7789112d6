import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createServer } from "vite";
import { launchChromium } from "./browser/chromium.ts";
import { openSmoke, type Smoke } from "./bundlers/smoke.ts";

/** What client-package-bundled.test.ts has no time for: minified by webpack, every worker, Vite's development server. */
const wasm = fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist", import.meta.url));
const entries = ["main-page.js", "main-worker-page.js", "main-taught-in-worker.js"];
let smoke: Smoke;
let browser: Browser;
let expected: unknown;

beforeAll(async () => {
  [smoke, browser] = await Promise.all([openSmoke(), launchChromium()]);
  expected = await smoke.inNode(process.execPath);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await smoke?.[Symbol.asyncDispose]();
});

it.each(["Vite", "webpack and its minifier"] as const)(
  "teaches everywhere, bundled by %s",
  async (bundler) => {
    const app = await smoke.bundled(bundler, entries);
    for (const entry of entries) expect(await app.read(browser, entry), entry).toEqual(expected);
  },
);

it("teaches from Vite's development server", async () => {
  await writeFile(
    join(smoke.app, "index.html"),
    '<!doctype html><link rel="icon" href="data:,"><title>App</title><body></body><script type="module" src="/main-page.js"></script>',
  );
  const server = await createServer({
    root: smoke.app,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, fs: { strict: false } },
    plugins: [
      {
        name: "wasm-files",
        configureServer: ({ middlewares }) => {
          middlewares.use((request, _, next) => {
            if (request.url?.startsWith("/wasm/")) request.url = `/@fs${wasm}/${request.url.slice(6)}`;
            next();
          });
        },
      },
    ],
  });
  try {
    await server.listen();
    const [address] = server.resolvedUrls!.local;
    expect(await smoke.atUrl(browser, address!.replace(/\/$/, ""))).toEqual(expected);
  } finally {
    await server.close();
  }
});
