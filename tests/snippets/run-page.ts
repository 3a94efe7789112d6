import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { watchPage } from "../browser/chromium.ts";
import { bundleWithVite } from "../bundlers/bundle.ts";
import { serveFolders } from "../bundlers/serve-folder.ts";
import type { Page } from "./read-page.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const tensorflow = join(top, "node_modules/@tensorflow");
const wasm = join(tensorflow, "tfjs-backend-wasm/dist");

/** Writes a page's programs, with the user's data beside them, into a folder of the user's project. */
export async function writePage({ files }: Page, folder: string, api: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyFile(join(top, "tests/snippets/my-data.js"), join(folder, "my-data.js"));
  for (const [name, code] of files) await writeFile(join(folder, name), withApi(code, api));
}

const withApi = (code: string, api: string) => code.replaceAll("https://teachers.example", api);

/** TensorFlow.js', which recommends its native backend. */
const greeting = /=+\nHi, looks like you are running TensorFlow\.js in Node\.js\.[^=]*=+\n/;

/** @returns the lines that a program prints */
export async function runInNode(folder: string, file: string): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  const complaint = stderr.replace(greeting, "").trim();
  if (complaint) throw new Error(complaint);
  return stdout.split("\n");
}

/** Bundles each of the page's programs to a file of its own name, and opens a page that loads one of them. */
export async function runInChromium(browser: Browser, folder: string, file: string): Promise<string[]> {
  const out = join(folder, "served");
  await build({
    entryPoints: [join(folder, "*.ts")],
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    outdir: out,
    logLevel: "silent",
  });
  return visit(browser, loading(file.replace(/ts$/, "js")), { "": out });
}

/** Bundles a program with Vite and the page's vite.config.js, and opens a page that loads it. */
export async function runByVite(browser: Browser, folder: string, file: string): Promise<string[]> {
  const out = join(folder, "served");
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "bundle.js"), await bundleWithVite(folder, file));
  return visit(browser, loading("bundle.js"), { "": out });
}

const loading = (script: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><title>Page</title><body></body><script type="module">await import("/${script}")</script>`;

/** Opens an HTML page whose CDN is this machine. */
export async function runHtml(
  browser: Browser,
  html: string,
  { api, client }: { api: string; client: string },
): Promise<string[]> {
  return visit(browser, withApi(html, api).replace("<title>", '<link rel="icon" href="data:,"><title>'), {
    "@tensorflow": tensorflow,
    "@lectern": join(client, ".."),
  });
}

/** What a page says to the console, until it is silent: its module is over, or it failed. */
async function visit(
  browser: Browser,
  html: string,
  folders: Readonly<Record<string, string>>,
): Promise<string[]> {
  await using server = await serveFolders({ wasm, ...folders }, { "/": withEnd(html) });
  const page = await browser.newPage();
  try {
    const watch = watchPage(page);
    const lines: string[] = [];
    page.on("console", (message) => void (message.type() === "log" && lines.push(message.text())));
    // https://cdn.jsdelivr.net/npm/@tensorflow/tfjs-core@4.22.0/dist/… is /@tensorflow/tfjs-core/dist/… here.
    await page.route("https://cdn.jsdelivr.net/npm/**", async (route) => {
      const path = new URL(route.request().url()).pathname.replace(/^\/npm\/(@[^/]+\/[^@/]+)@[\d.]+/, "/$1");
      const found = await fetch(`${server.url}${path}`);
      await route.fulfill({
        status: found.status,
        contentType: found.headers.get("content-type")!,
        headers: { "access-control-allow-origin": "*" },
        body: Buffer.from(await found.arrayBuffer()),
      });
    });
    await page.goto(server.url);
    await page.waitForFunction(() => document.body.dataset["over"] !== undefined, undefined, {
      timeout: 60_000,
    });
    if (watch.complaints.length > 0) throw new Error(watch.complaints.join("\n"));
    return lines;
  } finally {
    await page.close();
  }
}

/** The page's last module says when it is over; so does an error that nobody caught. */
const withEnd = (html: string) => {
  const over = 'document.body.dataset.over = "";';
  const at = html.lastIndexOf("</script>");
  return `${html.slice(0, at)};${over}</script>
    <script>addEventListener("error", () => { ${over} }); addEventListener("unhandledrejection", () => { ${over} });</script>
    ${html.slice(at + "</script>".length)}`;
};
