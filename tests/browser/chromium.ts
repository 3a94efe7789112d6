import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";

/** Debian's; another one by its path. */
export const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const hasChromium = existsSync(executablePath);

/** With WebGPU on SwiftShader, so that its kernels run where there is no GPU. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--no-sandbox",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

export interface Watch {
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly complaints: string[];
  /** Origins that were asked for anything. */
  readonly origins: Set<string>;
}

/** Listens to everything that a page says and asks for. */
export function watchPage(page: Page): Watch {
  const watch: Watch = { complaints: [], origins: new Set() };
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") watch.complaints.push(message.text());
  });
  page.on("pageerror", (error) => watch.complaints.push(error.message));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http")) watch.origins.add(origin);
  });
  return watch;
}
