import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Browser, BrowserContext, Route } from "playwright-core";
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

/**
 * Bundles each of the page's programs to a file of its own name, and opens a page that loads one of them.
 * @param options.thenWithout opens it again, in the same browser, when nothing at this address can be reached any more
 */
export async function runInChromium(
  browser: Browser,
  folder: string,
  file: string,
  { thenWithout }: { thenWithout?: string } = {},
): Promise<string[]> {
  const out = join(folder, "served");
  await build({
    entryPoints: [join(folder, "*.ts")],
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    // Of programs that are for Node.
    external: ["node:*"],
    outdir: out,
    logLevel: "silent",
  });
  return visit(browser, loading(file.replace(/ts$/, "js")), { "": out }, thenWithout);
}

/** Bundles a program with Vite and the page's vite.config.js, and opens a page that loads it. */
export async function runByVite(browser: Browser, folder: string, file: string): Promise<string[]> {
  const out = join(folder, "served");
  for (const [name, code] of (await bundleWithVite(folder, file)).files) {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), code);
  }
  return visit(browser, loading("entry.js"), { "": out });
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

/** What a page says to the console, until its module is over, or failed. */
async function visit(
  browser: Browser,
  html: string,
  folders: Readonly<Record<string, string>>,
  thenWithout?: string,
): Promise<string[]> {
  await using server = await serveFolders({ wasm, ...folders }, { "/": withEnd(html) });
  const context = await browser.newContext();
  try {
    await context.route("https://cdn.jsdelivr.net/npm/**", (route) => answerFrom(server.url, route));
    const lines = await listen(context, server.url);
    if (thenWithout === undefined) return lines;
    await context.route(`${thenWithout}/**`, (route) => route.abort());
    return [...lines, ...(await listen(context, server.url))];
  } finally {
    await context.close();
  }
}

/** https://cdn.jsdelivr.net/npm/@tensorflow/tfjs-core@4.22.0/dist/… is /@tensorflow/tfjs-core/dist/… here. */
async function answerFrom(server: string, route: Route): Promise<void> {
  const path = new URL(route.request().url()).pathname.replace(/^\/npm\/(@[^/]+\/[^@/]+)@[\d.]+/, "/$1");
  const found = await fetch(`${server}${path}`);
  await route.fulfill({
    status: found.status,
    contentType: found.headers.get("content-type")!,
    headers: { "access-control-allow-origin": "*" },
    body: Buffer.from(await found.arrayBuffer()),
  });
}

async function listen(context: BrowserContext, url: string): Promise<string[]> {
  const page = await context.newPage();
  const watch = watchPage(page);
  const lines: string[] = [];
  page.on("console", (message) => void (message.type() === "log" && lines.push(message.text())));
  await page.goto(url);
  await page.waitForFunction(() => document.body.dataset["over"] !== undefined, undefined, {
    timeout: 60_000,
  });
  const complaints = watch.complaints.filter((line) => !line.includes("net::ERR_FAILED"));
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  await page.close();
  return lines;
}

/** The page's last module says when it is over; so does an error that nobody caught. */
const withEnd = (html: string) => {
  const over = 'document.body.dataset.over = "";';
  const at = html.lastIndexOf("</script>");
  return `${html.slice(0, at)};${over}</script>
    <script>addEventListener("error", () => { ${over} }); addEventListener("unhandledrejection", () => { ${over} });</script>
    ${html.slice(at + "</script>".length)}`;
};
