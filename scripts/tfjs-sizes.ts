import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleWithVite } from "../tests/bundlers/bundle.ts";
import { type InstalledClient, installClient } from "../tests/bundlers/installed-client.ts";
import { readPage } from "../tests/snippets/read-page.ts";
import { writePage } from "../tests/snippets/run-page.ts";
import { gzipped } from "./sizes.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

/** The lesson of docs/client/custom-bundle.md, written with TensorFlow.js as most people import it. */
const usual = `import { setBackend } from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { connect } from "@lectern/client";
import { x, y } from "./my-data.js";

setWasmPaths("/wasm/");
await setBackend("wasm");
const model = sequential();
model.add(layers.dense({ units: 16, activation: "relu", inputShape: [2] }));
model.add(layers.dense({ units: 3 }));
const teacher = await connect("https://teachers.example").teacher("clusters@^1.0");
await teacher.teach(model, { train: { x, y } });
`;
const union = `import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { connect } from "@lectern/client";
import { x, y } from "./my-data.js";

setWasmPaths("/wasm/");
await tf.setBackend("wasm");
const model = tf.sequential();
model.add(tf.layers.dense({ units: 16, activation: "relu", inputShape: [2] }));
model.add(tf.layers.dense({ units: 3 }));
const teacher = await connect("https://teachers.example").teacher("clusters@^1.0");
await teacher.teach(model, { train: { x, y } });
`;

/** Gzipped bytes of what a page with this program loads at once. */
async function atStart(folder: string, entry: string): Promise<number> {
  const bundle = await bundleWithVite(folder, entry);
  return bundle.atStart.reduce((sum, name) => sum + gzipped(bundle.files.get(name)!), 0);
}

/** Gzipped bytes of the page's bundles, the client and its lesson among them; without what needs a download. */
export async function measureBundles(
  client: InstalledClient,
): Promise<Readonly<Record<"usual" | "custom" | "convolutions", number>>> {
  const page = await readPage(new URL("../docs/client/custom-bundle.md", import.meta.url));
  const folder = join(client.folder, "custom-bundle");
  await writePage(page, folder, "https://teachers.example");
  const plain = join(client.folder, "usual");
  await writePage({ files: new Map([["main.ts", usual]]), html: [] }, plain, "https://teachers.example");
  return {
    usual: await atStart(plain, "main.ts"),
    custom: await atStart(folder, "main.ts"),
    convolutions: await atStart(folder, "convolutions.ts"),
  };
}

/** With the package `@tensorflow/tfjs`, which the repository doesn't have: it is installed beside, once. */
async function measureUnion(client: InstalledClient): Promise<number> {
  const folder = join(top, ".lectern/tfjs-union");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const packages = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0", client.tarball];
  await promisify(execFile)("npm", ["install", "--no-save", "--loglevel=error", ...packages], {
    cwd: folder,
  });
  await writePage({ files: new Map([["main.ts", union]]), html: [] }, folder, "https://teachers.example");
  return await atStart(folder, "main.ts");
}

if (import.meta.main) {
  await using client = await installClient();
  const { usual: plain, custom, convolutions } = await measureBundles(client);
  const wasm = join(top, "node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm");
  const rows = [
    ["@tensorflow/tfjs and the Wasm backend", await measureUnion(client)],
    ["tfjs-core, tfjs-layers and the Wasm backend, as usual", plain],
    ["docs/client/custom-bundle.md", custom],
    ["docs/client/custom-bundle.md, for convolutions", convolutions],
    ["tfjs-backend-wasm-simd.wasm, beside each of them", gzipped(await readFile(wasm))],
  ] as const;
  process.stdout.write("gzipped bytes: TensorFlow.js, the client and a lesson, by Vite\n");
  for (const [what, bytes] of rows) process.stdout.write(`${String(bytes).padStart(8)}  ${what}\n`);
}
