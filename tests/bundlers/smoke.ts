import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishTeacher } from "@lectern/client/connect";
import type { Browser } from "playwright-core";
import { startApi } from "../../scripts/dev-server.ts";
import { watchPage } from "../browser/chromium.ts";
import { makeSmallTeacher } from "../browser/small-teacher.ts";
import { type Bundle, bundlers } from "./bundle.ts";
import { installClient } from "./installed-client.ts";
import { serveFolders } from "./serve-folder.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const tensorflow = join(top, "node_modules/@tensorflow");
const wasm = join(tensorflow, "tfjs-backend-wasm/dist");

/** The user's project with the installed tarball, and a real API with a teacher. What comes back is what the app says. */
export interface Smoke extends AsyncDisposable {
  inNode(node: string): Promise<unknown>;
  /** Bundles entries of the app, all at once; then `read` opens a page for each. */
  bundled(bundler: keyof typeof bundlers, entries: readonly string[]): Promise<BundledApp>;
  /** Opens a page with this address, and the API's in its query. */
  atUrl(browser: Browser, url: string): Promise<unknown>;
  /** The app as it is, from a server of files, with an import map. */
  unbundled(browser: Browser): Promise<unknown>;
  readonly app: string;
}

export interface BundledApp {
  read(browser: Browser, entry: string): Promise<unknown>;
}

export async function openSmoke(): Promise<Smoke> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-smoke-"));
  const [api, client] = await Promise.all([
    startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
    installClient(),
  ]);
  await publishTeacher(api.url, { ...(await makeSmallTeacher()), token: api.token });

  async function atUrl(browser: Browser, url: string): Promise<unknown> {
    const page = await browser.newPage();
    const watch = watchPage(page);
    await page.goto(`${url}/?${new URLSearchParams({ api: api.url }).toString()}`);
    const failed = new Promise<never>((_, reject) => page.once("pageerror", reject));
    const over = page.waitForFunction(() => document.body.textContent!.startsWith("{"), undefined, {
      timeout: 60_000,
    });
    await Promise.race([over, failed]);
    const text = await page.textContent("body");
    if (watch.complaints.length > 0) throw new Error(watch.complaints.join("\n"));
    await page.close();
    return JSON.parse(text!);
  }

  // What docs/client/browser.md says that a page needs, and no more.
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ${api.url}; img-src data:`;

  return {
    app: client.folder,
    atUrl,
    async inNode(node) {
      const { stdout } = await promisify(execFile)(node, [join(client.folder, "main-node.js"), api.url]);
      return JSON.parse(stdout);
    },
    async bundled(bundler, entries) {
      const out = join(folder, bundler);
      const bundle: Bundle = bundlers[bundler];
      await bundle(client.folder, entries, out);
      return {
        async read(browser, entry) {
          // Bundlers name a worker's file by the site's root.
          const pages = { "/": pageOf(load(`/${entry}`)) };
          await using server = await serveFolders({ wasm, "": out }, pages, { policy });
          return await atUrl(browser, server.url);
        },
      };
    },
    async unbundled(browser) {
      const map = `<script type="importmap">${JSON.stringify({ imports: importMap })}</script>`;
      const html = pageOf(`${map}${load("/app/main-page.js")}`);
      const folders = { wasm, tensorflow, client: client.installed, app: client.folder };
      await using server = await serveFolders(folders, { "/": html });
      return await atUrl(browser, server.url);
    },
    async [Symbol.asyncDispose]() {
      await api.stop();
      await client[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const pageOf = (head: string): string =>
  `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>App</title>${head}</head><body></body></html>`;
const load = (script: string): string => `<script type="module" src="${script}"></script>`;

const empty = "data:text/javascript,export default {}";
const tensorflowFile = (part: string, file: string): string =>
  `/tensorflow/tfjs-${part}/dist/tf-${file}.fesm.min.js`;

const importMap = {
  "@tensorflow/tfjs-core": tensorflowFile("core", "core"),
  "@tensorflow/tfjs-layers": tensorflowFile("layers", "layers"),
  "@tensorflow/tfjs-backend-wasm": tensorflowFile("backend-wasm", "backend-wasm"),
  // What the backend's file names and only Node has.
  ...Object.fromEntries(["fs", "os", "path", "perf_hooks"].map((name) => [name, empty])),
  "@lectern/client": "/client/index.js",
  "@lectern/client/backends": "/client/backends.js",
  "@lectern/client/glyphs": "/client/glyphs.js",
};
