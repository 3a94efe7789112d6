import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "./browser/chromium.ts";
import { openSmoke, type Smoke } from "./bundlers/smoke.ts";

/**
 * The tarball, installed as a user does, pulls a teacher from a real API, verifies it and is taught by it: in two
 * versions of Node, bundled by three bundlers, from a CDN without any, on a page and in workers. The same φ and the
 * same weights, bit by bit, everywhere. What takes longer is in client-package.soak.test.ts.
 */
const node22 = ["x64", "arm64"]
  .map((arch) => fileURLToPath(new URL(`node-22/node_modules/node-linux-${arch}/bin/node`, import.meta.url)))
  .find((path) => existsSync(path));

let smoke: Smoke;
let expected: unknown;

beforeAll(async () => {
  smoke = await openSmoke();
  expected = await smoke.inNode(process.execPath);
});
afterAll(() => smoke?.[Symbol.asyncDispose]());

it(`teaches in Node ${process.versions.node}`, () => {
  expect(expected).toEqual({
    backend: "wasm",
    status: "completed",
    steps: 30,
    emissions: 3,
    phi: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    weights: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

it.runIf(node22 ?? process.env["CI"])("teaches in Node 22 (which npm ci brings on Linux)", async () => {
  const { stdout } = await promisify(execFile)(node22!, ["--version"]);
  expect(stdout).toMatch(/^v22\./);
  expect(await smoke.inNode(node22!)).toEqual(expected);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it("teaches bundled by esbuild", async () => {
    const app = await smoke.bundled("esbuild", ["main-page.js"]);
    expect(await app.read(browser, "main-page.js")).toEqual(expected);
  });

  it("teaches bundled by Vite, on a page and in a worker of the page's own", async () => {
    const app = await smoke.bundled("Vite", ["main-page.js", "main-worker-page.js"]);
    expect(await app.read(browser, "main-page.js")).toEqual(expected);
    expect(await app.read(browser, "main-worker-page.js")).toEqual(expected);
  });

  it("teaches bundled by webpack, on a page and through @lectern/client/worker", async () => {
    const app = await smoke.bundled("webpack", ["main-page.js", "main-taught-in-worker.js"]);
    expect(await app.read(browser, "main-page.js")).toEqual(expected);
    expect(await app.read(browser, "main-taught-in-worker.js")).toEqual(expected);
  });

  it("teaches from a server of files with an import map, without a bundler", async () => {
    expect(await smoke.unbundled(browser)).toEqual(expected);
  });
});
