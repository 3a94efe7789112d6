import { createServer } from "node:http";
import { basename } from "node:path";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const types: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };
const page =
  '<!doctype html><link rel="icon" href="data:,"><title>Test</title><script type="module" src="entry.js"></script>';

/** What lets a page share memory among threads; TensorFlow.js then takes its Wasm build with threads. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Bundles an entry and serves it on an origin of its own, so that its requests to the API are cross-origin. */
export async function serveEntry(
  file = "entry.ts",
  { isolated = false } = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const { outputFiles } = await build({
    entryPoints: { entry: fileURLToPath(new URL(file, import.meta.url)) },
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    legalComments: "none",
    loader: { ".wasm": "file" },
    outdir: "/served",
    write: false,
    logLevel: "silent",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]));
  const server = createServer(({ url = "/" }, response) => {
    const contents = url === "/" ? page : files.get(url);
    const type = url === "/" ? "text/html" : types[url.split(".").at(-1)!];
    const headers = { "content-type": type ?? "text/plain", ...(isolated ? isolation : {}) };
    response.writeHead(contents ? 200 : 404, headers).end(contents);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
