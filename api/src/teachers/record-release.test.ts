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

const attempt = { name: "glyphs", version: "1.0.0", owner: "ada", weightsSha256: row.weightsSha256 };
const record = (owner: string, changes: Partial<ReleaseRow> = {}) => {
  const changed = { ...row, ...changes };
  const { name, version, requestId, publishedAt: at } = changed;
  const trace = { at, owner, action: "release.publish", subject: `${name}@${version}`, requestId };
  return recordRelease(env.DB, { owner, row: changed, trace, visibility: "public" });
};
const run = (query: string) => env.DB.prepare(query).run();

/** What a race comes to: the checks before passed, but something else was recorded meanwhile. */
it("records all or nothing, whatever happened since the caller looked", async () => {
  // No weights, or weights that a sweep is removing.
  await record("ada");
  await run(`INSERT INTO weights VALUES ('${row.weightsSha256}', '', 8, '')`);
  await record("ada");
  expect(await count()).toEqual([0, 0, 0, 0]);
  await run("UPDATE weights SET owner = 'ada'");
  await record("ada");
  expect(await count()).toEqual([1, 1, 1, 2]);
  const standing = {
    teacherOwner: "ada",
    visibility: "public",
    keys: [{ publicKey: "a-key", isSpent: false }],
    release: row,
    removal: undefined,
    lookAlike: undefined,
    hasWeights: true,
  };
  expect(await readStanding(env.DB, attempt)).toEqual(standing);

  await record("ada", { manifest: "other", requestId: "request-2" });
  await record("bob", { version: "2.0.0", publicKey: "bobs-key", requestId: "request-3" });
  await record("bob", { name: "g1yphs", publicKey: "bobs-key", requestId: "request-3" });
  expect(await count()).toEqual([1, 1, 1, 2]);
  expect(await readStanding(env.DB, attempt)).toEqual(standing);
  expect(await readStanding(env.DB, { ...attempt, owner: "bob", name: "g1yphs" })).toMatchObject({
    teacherOwner: undefined,
    lookAlike: { name: "glyphs", visibility: "public" },
  });

  await record("ada", { version: "2.0.0", publicKey: "new-key", requestId: "request-4" });
  expect(await count()).toEqual([1, 1, 1, 2]);
  await record("ada", { version: "2.0.0", requestId: "request-5" });
  expect(await count()).toEqual([1, 1, 2, 3]);

  await run("UPDATE publisher_keys SET revoked_at = 'now'");
  await record("ada", { version: "3.0.0", requestId: "request-6" });
  await run("UPDATE publisher_keys SET revoked_at = NULL");
  await run("INSERT INTO release_states (name, version, removed_at) VALUES ('glyphs', '3.0.0', 'now')");
  await record("ada", { version: "3.0.0", requestId: "request-7" });
  expect(await count()).toEqual([1, 1, 2, 3]);
});

it("lets nobody publish the weights of another's private teacher", async () => {
  await run("UPDATE teachers SET visibility = 'private'");
  await record("bob", { name: "other", publicKey: "bobs-key", requestId: "request-8" });
  expect(await count()).toEqual([1, 1, 2, 3]);
  await run("UPDATE teachers SET visibility = 'public'");
  await record("bob", { name: "other", publicKey: "bobs-key", requestId: "request-9" });
  expect(await count()).toEqual([2, 2, 3, 5]);
});
