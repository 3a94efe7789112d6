import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishTeacher } from "@lectern/client/connect";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { hasChromium, launchChromium } from "./browser/chromium.ts";
import { type InstalledClient, installClient } from "./bundlers/installed-client.ts";
import { type Page, readPage, unprinted } from "./snippets/read-page.ts";
import { runHtml, runInChromium, runInNode, writePage } from "./snippets/run-page.ts";
import { makeDocumentedTeachers } from "./snippets/teachers.ts";

/**
 * Every snippet of client/README.md and docs/client is run against the installed tarball and a real API, and
 * type-checked; what the text says that it prints is what it prints.
 */
const top = new URL("../", import.meta.url);
const runsIn = {
  "README.md": "Node",
  "browser.md": "Chromium",
  "node.md": "Node",
  "own-loop.md": "Node",
  "sequences.md": "Node",
} as const;
type Name = keyof typeof runsIn;
const names = Object.keys(runsIn) as Name[];
const inNode = names.filter((name) => runsIn[name] === "Node");
const inChromium = names.filter((name) => runsIn[name] === "Chromium");

let folder: string;
let api: RunningApi;
let client: InstalledClient;
const pages = new Map<Name, Page>();
const folderOf = (name: Name): string => join(client.folder, "pages", name.replace(".md", ""));

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

const programOf = (name: Name): string => [...pages.get(name)!.files.values()].join("\n");

it("every page with code is run", async () => {
  const found = (await readdir(new URL("docs/client/", top))).filter((name) => name.endsWith(".md"));
  // The reference is generated from the types.
  expect(found.filter((name) => name !== "api.md").toSorted()).toEqual(
    names.filter((name) => name !== "README.md").toSorted(),
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

it.each(inNode)("%s runs in Node, and prints what it says", async (name) => {
  expect(unprinted(programOf(name), await runInNode(folderOf(name)))).toEqual([]);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each(inChromium)("%s runs, and prints what it says", async (name) => {
    expect(unprinted(programOf(name), await runInChromium(browser, folderOf(name)))).toEqual([]);
  });

  it("browser.md's page without a bundler runs", async () => {
    const [html] = pages.get("browser.md")!.html;
    const lines = await runHtml(browser, html!, { api: api.url, client: client.installed });
    expect(unprinted(html!, lines)).toEqual([]);
  });
});
