import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import * as client from "@lectern/client";
import * as connecting from "@lectern/client/connect";
import * as fixed from "@lectern/client/fixed";
import type { SignedManifest } from "@lectern/shared/schema";
import { beforeAll, expect, test } from "vitest";

/**
 * Runs every TypeScript snippet of docs/client.md, one after the other, against the real client. Only the API is a
 * stand-in: it answers from the frozen fixture.
 */
const modules: Record<string, object> = {
  "@tensorflow/tfjs-core": tf,
  "@tensorflow/tfjs-layers": layers,
  "@lectern/client": client,
  "@lectern/client/connect": connecting,
  "@lectern/client/fixed": fixed,
};
const importLine = /^import (?:\* as (\w+)|\{ ([^}]+) \}) from "([^"]+)";$/gm;

const text = await readFile(new URL("../docs/client.md", import.meta.url), "utf8");
const snippets = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
const artifact = new URL("../shared/fixtures/artifact-v1/", import.meta.url);
const manifestFile: SignedManifest = JSON.parse(await readFile(new URL("manifest.json", artifact), "utf8"));
const weightsFile = new Uint8Array(await readFile(new URL("weights.safetensors", artifact)));

const fetch = async (url: string | URL | Request): Promise<Response> => {
  const { pathname } = new URL(String(url));
  if (pathname.startsWith("/v1/weights/")) return new Response(weightsFile);
  return pathname.includes("/fixture-glyphs/")
    ? Response.json(manifestFile)
    : Response.json({ title: "There is no such teacher" }, { status: 404 });
};

const y = Array.from({ length: 48 }, (_, i) => i % 3);
const x = y.map((k, i) => [k - 1 + 0.1 * Math.sin(i), (k % 2) + 0.1 * Math.cos(i)]);
const shown: string[] = [];
/** What snippets share: names that one declares are there for those after it. */
const scope: Record<string, unknown> = {
  x,
  y,
  manifestFile,
  weightsFile,
  show: (line: string) => shown.push(line),
};

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

async function run(snippet: string): Promise<void> {
  for (const [, all, names, from] of snippet.matchAll(importLine)) {
    const exported = modules[from!] as Record<string, unknown>;
    if (all) scope[all] = exported;
    for (const name of names?.split(", ") ?? []) {
      expect(exported, `${from} exports ${name}`).toHaveProperty(name);
      scope[name] = exported[name];
    }
  }
  scope.connect = (url: string, options: client.ConnectOptions) => client.connect(url, { ...options, fetch });
  const code = stripTypeScriptTypes(snippet.replaceAll(importLine, ""));
  const declared = [...code.matchAll(/^const (?:\{ ([^}]+) \}|\[([^\]]+)\]|(\w+)) =/gm)].flatMap(
    ([, object, array, name]) => (object ?? array ?? name)!.split(", "),
  );
  const names = Object.keys(scope).filter((name) => !declared.includes(name));
  // oxlint-disable-next-line typescript/no-implied-eval -- running the documentation is the point
  const body = new Function(
    ...names,
    `return (async () => {${code}\nreturn { ${declared.join(", ")} };})();`,
  );
  Object.assign(scope, await body(...names.map((name) => scope[name])));
}

test.each(
  snippets.map((code, i) => [i + 1, code.split("\n").find((line) => !/^import|^$/.test(line)), code]),
)("snippet %i of docs/client.md runs: %s", async (_, __, code) => {
  await run(code!);
});

test("and shows what the text says", () => {
  expect(snippets.length).toBeGreaterThanOrEqual(8);
  expect(scope.status).toBe("completed");
  expect(shown).toContain("completed");
  expect(shown).toContainEqual(expect.stringMatching(/^step 20: loss -?\d/));
  expect(shown).toContainEqual(
    expect.stringMatching(/^train\.y\[2\] isn't a class number from 0 to 2\. Correct the data\.$/),
  );
  expect(shown).toContain("teachers.example+owner+lectern-tests");
  expect(shown).toContain("teachers.example+teacher+fixture-glyphs");
  expect(shown).toContainEqual(
    expect.stringMatching(/^fixture-glyphs was ada's at .* is lectern-tests's\. If it/),
  );
  expect(scope.rival).toMatchObject({ status: "completed" });
});
