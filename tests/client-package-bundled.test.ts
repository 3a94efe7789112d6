import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishTeacher } from "@lectern/client/connect";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { hasChromium, launchChromium, watchPage } from "./browser/chromium.ts";
import { makeSmallTeacher } from "./browser/small-teacher.ts";
import { bundlers } from "./bundlers/bundle.ts";
import { type InstalledClient, installClient } from "./bundlers/installed-client.ts";
import { serveFolders } from "./bundlers/serve-folder.ts";

/**
 * The tarball, installed as a user does, pulls a teacher from a real API, verifies it and is taught by it: in two
 * versions of Node, bundled by three bundlers, from a CDN without any, on a page and in a worker. The same φ and the
 * same weights, bit by bit, everywhere.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const wasm = join(top, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
const node22 = ["x64", "arm64"]
  .map((arch) => join(top, `tests/node-22/node_modules/node-linux-${arch}/bin/node`))
  .find((path) => existsSync(path));

let folder: string;
let api: RunningApi;
let client: InstalledClient;
let expected: unknown;

const runIn = async (node: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(node, [join(client.folder, "main-node.js"), api.url]);
  return JSON.parse(stdout);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-smoke-"));
  [api, client] = await Promise.all([
    startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
    installClient(),
  ]);
  await publishTeacher(api.url, { ...(await makeSmallTeacher()), token: api.token });
  expected = await runIn(process.execPath);
});

afterAll(async () => {
  await api?.stop();
  await client?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it(`teaches in Node ${process.versions.node}`, () => {
  expect(expected).toEqual({
    backend: "wasm",
    status: "completed",
    steps: 30,
    emissions: 3,
    phi: expect.stringMatching(/^[0-9a-f]{64}$/),
    weights: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it.runIf(node22 ?? process.env["CI"])("teaches in Node 22 (which npm ci brings on Linux)", async () => {
  const { stdout } = await promisify(execFile)(node22!, ["--version"]);
  expect(stdout).toMatch(/^v22\./);
  expect(await runIn(node22!)).toEqual(expected);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** What the page at this address says in the end. */
  async function readPage(url: string): Promise<unknown> {
    const page = await browser.newPage();
    const watch = watchPage(page);
    await page.goto(`${url}/?${new URLSearchParams({ api: api.url }).toString()}`);
    await page.waitForFunction(() => document.body.textContent!.startsWith("{"), undefined, {
      timeout: 60_000,
    });
    const text = await page.textContent("body");
    expect(watch.complaints).toEqual([]);
    await page.close();
    return JSON.parse(text!);
  }

  async function bundleAndRead(bundler: string, entry: string): Promise<unknown> {
    const out = join(folder, `${bundler}-${entry}`);
    await bundlers[bundler]!(client.folder, entry, out);
    // Bundlers name a worker's file by the site's root.
    const html = page('<script type="module" src="/entry.js"></script>');
    await using server = await serveFolders({ wasm, "": out }, { "/": html });
    return await readPage(server.url);
  }

  it.each(Object.keys(bundlers))("teaches bundled by %s", async (bundler) => {
    expect(await bundleAndRead(bundler, "main-page.js")).toEqual(expected);
  });

  it.each(["Vite", "webpack"])("teaches in a worker bundled by %s", async (bundler) => {
    expect(await bundleAndRead(bundler, "main-worker-page.js")).toEqual(expected);
  });

  it("teaches from a server of files with an import map, without a bundler", async () => {
    const empty = "data:text/javascript,export default {}";
    const tensorflow = (name: string, file: string) => `/tensorflow/tfjs-${name}/dist/tf-${file}.fesm.min.js`;
    const imports = {
      "@tensorflow/tfjs-core": tensorflow("core", "core"),
      "@tensorflow/tfjs-layers": tensorflow("layers", "layers"),
      "@tensorflow/tfjs-backend-wasm": tensorflow("backend-wasm", "backend-wasm"),
      // What the backend's file names and only Node has.
      ...Object.fromEntries(["fs", "os", "path", "perf_hooks"].map((name) => [name, empty])),
      "@lectern/client": "/client/index.js",
      "@lectern/client/glyphs": "/client/glyphs.js",
      "@lectern/client/kernels": "/client/kernels.js",
    };
    const html = page(
      `<script type="importmap">${JSON.stringify({ imports })}</script>
       <script type="module" src="/app/main-page.js"></script>`,
    );
    const tensorflowFiles = join(top, "node_modules/@tensorflow");
    await using server = await serveFolders(
      { wasm, tensorflow: tensorflowFiles, client: client.installed, app: client.folder },
      { "/": html },
    );
    expect(await readPage(server.url)).toEqual(expected);
  });
});

const page = (head: string) =>
  `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>App</title>${head}</head><body></body></html>`;
