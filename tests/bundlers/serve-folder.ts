import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/**
 * A static server, as dumb as a CDN.
 *
 * @param folders what is served, by the path's first part: `{ wasm: "…/dist" }` answers `/wasm/a.wasm`; "" has the rest
 * @param pages by whole path
 * @param options.policy a content security policy for all of it
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  pages: Readonly<Record<string, string>> = {},
  { policy }: { readonly policy?: string } = {},
): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async ({ url = "/" }, response) => {
    if (policy) response.setHeader("content-security-policy", policy);
    const path = normalize(decodeURIComponent(new URL(url, "http://here").pathname));
    if (pages[path] !== undefined) {
      response.writeHead(200, { "content-type": "text/html" }).end(pages[path]);
      return;
    }
    const [, first = "", ...rest] = path.split("/");
    const file = folders[first] ? join(folders[first], ...rest) : folders[""] && join(folders[""], path);
    const found = file ? await stat(file).catch(() => undefined) : undefined;
    if (!file || !found?.isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end(`Nothing is at ${path}.`);
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
