import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishTeacher } from "@lectern/client/connect";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { measureBundles } from "../scripts/tfjs-sizes.ts";
import { hasChromium, launchChromium } from "./browser/chromium.ts";
import { type InstalledClient, installClient } from "./bundlers/installed-client.ts";
import { type Page, readPage, unprinted } from "./snippets/read-page.ts";
import { runByVite, runHtml, runInChromium, runInNode, writePage } from "./snippets/run-page.ts";
import { makeDocumentedTeachers } from "./snippets/teachers.ts";

/**
 * Every snippet of client/README.md and docs/client is run against the installed tarball and a real API, and
 * type-checked; what the text says that it prints is what it prints.
 */
const top = new URL("../", import.meta.url);
const programs = [
  ["README.md", "main.ts", "Node"],
  ["browser.md", "main.ts", "Chromium"],
  ["custom-bundle.md", "used-kernels.ts", "Node"],
  ["custom-bundle.md", "main.ts", "Vite"],
  ["custom-bundle.md", "convolutions.ts", "Vite"],
  ["node.md", "main.ts", "Node"],
  ["offline.md", "main.ts", "Chromium"],
  ["offline.md", "in-node.ts", "Node"],
  ["own-loop.md", "main.ts", "Node"],
  ["sequences.md", "main.ts", "Node"],
  ["workers.md", "main.ts", "Chromium"],
] as const;
const names = [...new Set(programs.map(([name]) => name))];
const inNode = programs.filter(([, , place]) => place === "Node");
const inBrowser = programs.filter(([name, , place]) => place !== "Node" && name !== "offline.md");

let folder: string;
let api: RunningApi;
let client: InstalledClient;
const pages = new Map<string, Page>();
const folderOf = (name: string): string => join(client.folder, "pages", name.replace(".md", ""));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-pages-"));
  [api, client] = await Promise.all([
    startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
    installClient(),
  ]);
  for (const name of names) {
    const place = name === "README.md" ? "client/" : "docs/client/";
    const page = await readPage(new URL(`${place}${name}`, top));
    pages.set(name, page);
    await writePage(page, folderOf(name), api.url);
  }
  for (const { signed, weights } of await makeDocumentedTeachers()) {
    await publishTeacher(api.url, { signed, weights, token: api.token });
    // As `lectern pull` leaves it.
    const pulled = join(folderOf("node.md"), "teachers", JSON.parse(signed.manifest).name as string);
    await mkdir(pulled, { recursive: true });
    await writeFile(join(pulled, "manifest.json"), JSON.stringify(signed));
    await writeFile(join(pulled, "weights.safetensors"), weights);
  }
});

afterAll(async () => {
  await api?.stop();
  await client?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What a program should print and doesn't. */
const check = (name: string, file: string, lines: readonly string[]): readonly string[] =>
  unprinted(pages.get(name)!.files.get(file)!, lines);

it("every page with code is run", async () => {
  const found = (await readdir(new URL("docs/client/", top))).filter((name) => name.endsWith(".md"));
  // The reference is generated from the types.
  expect(found.filter((name) => name !== "api.md").toSorted()).toEqual(
    names.filter((name) => name !== "README.md"),
  );
});

it("the README starts in ten lines", () => {
  const [start] = pages.get("README.md")!.files.values();
  const lines = start!.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeLessThanOrEqual(10);
});

it("all of it type-checks in a strict project", async () => {
  const compilerOptions = {
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable"],
    typeRoots: [fileURLToPath(new URL("node_modules/@types", top))],
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    noEmit: true,
    skipLibCheck: true,
  };
  await writeFile(
    join(client.folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["pages"] }),
  );
  const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc", top));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", client.folder], {
    cwd: client.folder,
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});

it.each(inNode)("%s: %s runs in %s, and prints what the text says", async (name, file) => {
  expect(check(name, file, await runInNode(folderOf(name), file))).toEqual([]);
});

it("custom-bundle.md says how large the bundles are, to 3 %", async () => {
  const text = await readFile(new URL("docs/client/custom-bundle.md", top), "utf8");
  const [, usual, custom, convolutions] = [...text.matchAll(/\| +(\d+) KB \|/g)].map(([, kb]) => Number(kb));
  const measured = await measureBundles(client);
  for (const [said, bytes] of [
    [usual, measured.usual],
    [custom, measured.custom],
    [convolutions, measured.convolutions],
  ] as const)
    expect(Math.abs(bytes / (said! * 1000) - 1), `${said} KB, measured ${bytes} B`).toBeLessThan(0.03);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each(inBrowser)("%s: %s runs, and prints what the text says (%s)", async (name, file, place) => {
    const run = place === "Vite" ? runByVite : runInChromium;
    expect(check(name, file, await run(browser, folderOf(name), file))).toEqual([]);
  });

  it("offline.md runs a second time, with the API cut off", async () => {
    const lines = await runInChromium(browser, folderOf("offline.md"), "main.ts", { thenWithout: api.url });
    const half = lines.length / 2;
    expect(check("offline.md", "main.ts", lines.slice(0, half))).toEqual([]);
    expect(check("offline.md", "main.ts", lines.slice(half))).toEqual([]);
  });

  it("browser.md's page without a bundler runs", async () => {
    const [html] = pages.get("browser.md")!.html;
    const lines = await runHtml(browser, html!, { api: api.url, client: client.installed });
    expect(unprinted(html!, lines)).toEqual([]);
  });
});
