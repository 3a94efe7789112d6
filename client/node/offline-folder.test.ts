import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect } from "../src/connect/index.ts";
import { offline } from "../src/offline/index.ts";
import { answerBytes, answerJson, startApi } from "./fake-api.ts";
import { signed, weights, weightsPath } from "./fixture-release.ts";
import { folderCache, folderPins } from "./index.ts";

it("a folder keeps what a pull without a network needs, whatever the range is called", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-offline-"));
  const specs = ["^1.0", ">=1.0 <2 || ~3.1", "latest", "1.0.0", "x"];
  const api = await startApi({
    ...Object.fromEntries(
      specs.map((spec) => [`GET /v1/teachers/fixture-glyphs/versions/${spec}`, answerJson(signed)]),
    ),
    [`GET ${weightsPath}`]: answerBytes(weights),
  });
  const pull = (spec: string) => {
    const storage = { cache: folderCache(folder), store: folderPins(join(folder, "pins")) };
    return connect(api.url, { ...offline(storage), retries: 0 }).teacher(`fixture-glyphs@${spec}`);
  };
  try {
    for (const spec of specs) await pull(spec);
    await api[Symbol.asyncDispose]();
    for (const spec of specs) expect((await pull(spec)).weights).toEqual(weights);
  } finally {
    await rm(folder, { recursive: true });
  }
});
