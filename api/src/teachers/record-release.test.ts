import { env } from "cloudflare:test";
import { expect, it } from "vitest";
import { readStanding, recordRelease, type ReleaseRow } from "./record-release.ts";

const row: ReleaseRow = {
  name: "glyphs",
  version: "1.0.0",
  precedence: "000000001.000000000.000000000~",
  stable: 1,
  manifest: "{}",
  manifestSha256: "a".repeat(64),
  signature: "c2ln",
  publicKey: "a-key",
  description: "",
  family: "mixed",
  classes: 3,
  tasks: ["glyphs", "it's"],
  weightsSha256: "b".repeat(64),
  weightsBytes: 8,
  publisher: "ada",
  publishedAt: "2026-01-01T00:00:00.000Z",
  searchText: "glyphs\n",
  requestId: "request-1",
};

const count = async () => {
  const tables = ["teachers", "publisher_keys", "releases", "audit"];
  const queries = tables.map((table) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`));
  const results = await env.DB.batch<{ n: number }>(queries);
  return results.map(({ results }) => results[0]?.n);
};

/** What a race comes to: the checks before passed, but another publication was recorded meanwhile. */
it("records all or nothing, whatever happened since the caller looked", async () => {
  await recordRelease(env.DB, "ada", row);
  expect(await count()).toEqual([1, 1, 1, 1]);
  const standing = { teacherOwner: "ada", registeredKey: "a-key", release: row };
  expect(await readStanding(env.DB, { name: "glyphs", version: "1.0.0", owner: "ada" })).toEqual(standing);

  await recordRelease(env.DB, "ada", { ...row, manifest: "other", requestId: "request-2" });
  await recordRelease(env.DB, "bob", {
    ...row,
    version: "2.0.0",
    publicKey: "bobs-key",
    requestId: "request-3",
  });
  expect(await count()).toEqual([1, 1, 1, 1]);
  expect(await readStanding(env.DB, { name: "glyphs", version: "1.0.0", owner: "ada" })).toEqual(standing);

  await recordRelease(env.DB, "ada", {
    ...row,
    version: "2.0.0",
    publicKey: "new-key",
    requestId: "request-4",
  });
  expect(await count()).toEqual([1, 1, 1, 1]);
  await recordRelease(env.DB, "ada", { ...row, version: "2.0.0", requestId: "request-5" });
  expect(await count()).toEqual([1, 1, 2, 2]);
});
