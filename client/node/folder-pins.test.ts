import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect } from "../src/connect/index.ts";
import { answerBytes, answerJson, startApi } from "./fake-api.ts";
import { manifest, resign, weights, weightsPath } from "./fixture-release.ts";
import { folderCache } from "./index.ts";
import { refusal } from "./pull-trials.ts";

const { name: owner, publicKey } = manifest.publisher;
const spec = "GET /v1/teachers/fixture-glyphs/versions/^1.0.0";

const none = { endorsedBy: null, endorsement: null, retiredAt: null, revokedAt: null, revokedReason: null };
const key = { publicKey, createdAt: "2026-01-01T00:00:00.000Z", ...none };

it("keeps its pins in the cache's folder, for the next process", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-pins-"));
  try {
    await using api = await startApi({
      [spec]: answerJson(await resign({ version: "1.2.0" })),
      [`GET ${weightsPath}`]: answerBytes(weights),
      [`GET /v1/owners/${owner}/keys`]: answerJson({ owner, keys: [key] }),
    });
    const pull = (options = {}) =>
      connect(api.url, { cache: folderCache(folder, options) }).teacher("fixture-glyphs@^1.0.0");
    await pull();
    const pins = (await readdir(join(folder, "pins"))).toSorted();
    const port = new URL(api.url).host.replace(":", "_");
    expect(pins).toEqual([`${port}+owner+${owner}.json`, `${port}+teacher+fixture-glyphs.json`]);
    expect(JSON.parse(await readFile(join(folder, "pins", pins[1]!), "utf8"))).toEqual({
      publisher: owner,
      seen: { "^1.0.0": "1.2.0" },
    });
    api.routes[spec] = answerJson(await resign({ version: "1.1.0" }));
    expect(await refusal(pull())).toContain("led to 1.2.0 before");
    expect((await pull({ acceptOlder: true })).manifest.version).toBe("1.1.0");
    expect((await pull()).manifest.version).toBe("1.1.0");
  } finally {
    await rm(folder, { recursive: true });
  }
});
