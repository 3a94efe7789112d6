import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publishTeacher } from "@lectern/client/connect";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import type { StoryResult } from "../../client/page/story.ts";
import { buildPage, type BuiltPage } from "../../scripts/build-page.ts";
import { type RunningApi, startApi } from "../../scripts/dev-server.ts";
import { launchChromium, watchPage } from "./chromium.ts";
import { anyClasses, flowers, makeSmallTeacher } from "./small-teacher.ts";

/** Pictures and timings of each run: looked at by people, never compared. Not in the repository. */
const artefacts = fileURLToPath(new URL("../../.lectern/screenshots/", import.meta.url));

/** The built page, served by the API in workerd, with teachers on it, and a browser. */
export interface PageFixture {
  readonly api: RunningApi;
  readonly built: BuiltPage;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** What {@link withPage} opens a page with. */
export interface PageOptions extends BrowserContextOptions {
  /** Stands in for what `npm start` would have found. */
  readonly story?: StoryResult | null;
  /** Lets the service worker in: requests that it makes aren't seen by the page's routes. */
  readonly offline?: boolean;
}

export async function openPageFixture(): Promise<PageFixture> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-page-"));
  const built = await buildPage();
  const [api, browser] = await Promise.all([
    startApi({ port: 0, persistTo: join(folder, "api"), quiet: true }),
    launchChromium(),
  ]);
  for (const changes of [undefined, flowers, anyClasses])
    await publishTeacher(api.url, { ...(await makeSmallTeacher(changes)), token: api.token });
  return {
    api,
    built,
    browser,
    async close() {
      await browser.close();
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the browser says where the test keeps service workers out. */
const blocked = "Service Worker registration blocked by Playwright";

/** Opens the page in a context of its own; fails if it complained in its console or asked anyone but the API. */
export async function withPage(
  { api, browser }: PageFixture,
  run: (page: Page) => Promise<void>,
  { story = null, offline = false, ...options }: PageOptions = {},
): Promise<void> {
  const context = await browser.newContext({ serviceWorkers: offline ? "allow" : "block", ...options });
  try {
    const page = await context.newPage();
    const watch = watchPage(page);
    await page.route("**/story.json", (route) => route.fulfill({ json: story }));
    await page.goto(api.url);
    await page.waitForSelector("body[data-ready]");
    await run(page);
    expect(watch.complaints.filter((complaint) => complaint !== blocked)).toEqual([]);
    expect([...watch.origins]).toEqual([api.url]);
  } finally {
    await context.close();
  }
}

/** Waits until the page has checked the small teacher's signature and digest. */
export const seeChecked = (page: Page): Promise<void> =>
  page.getByRole("row", { name: "small-glyphs" }).getByText("✓ signature and digest").waitFor();

/** Starts a lesson of so many steps on WebAssembly, unless the page was told otherwise before. */
export async function train(
  page: Page,
  { steps, backend = "wasm" }: { steps: number; backend?: string },
): Promise<void> {
  await page.getByLabel("Backend").selectOption(backend);
  await page.getByLabel(/^Steps/).fill(String(steps));
  await page.getByRole("button", { name: "Train both students" }).click();
}

/**
 * Keeps a picture as `.lectern/screenshots/NAME.png`.
 *
 * @param part what of the page: the whole of it, what is on the screen, or an element
 */
export async function keepPicture(page: Page, name: string, part = "screen"): Promise<void> {
  const path = await artefactPath(`${name}.png`);
  if (part === "screen" || part === "whole") await page.screenshot({ path, fullPage: part === "whole" });
  else await page.locator(part).screenshot({ path });
}

export const artefactPath = async (name: string): Promise<string> => {
  await mkdir(artefacts, { recursive: true });
  return join(artefacts, name);
};
