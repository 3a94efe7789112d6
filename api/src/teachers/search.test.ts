import { env } from "cloudflare:test";
import type { TeacherList, TeacherOverview } from "@lectern/shared/schema";
import { beforeAll, describe, expect, it } from "vitest";
import { makePublisher, publish, type Publisher } from "../../test/releases.ts";
import { expectProblem, request } from "../../test/requests.ts";
import { usageQuery } from "../limits/quota.ts";
import { sharingQuery } from "../weights/read-file.ts";
import { listTeachers } from "./list.ts";
import { teacherQueries } from "./page.ts";
import { queryListings } from "./query-listings.ts";
import { releaseQuery } from "./read-release.ts";
import { indexQuery } from "./resolution-index.ts";

let ada: Publisher;
const publishAs = async (
  name: string,
  version: string,
  changes: { description?: string; tasks?: string[] } = {},
) => expect((await publish(ada, { name, version, ...changes })).status).toBe(201);

beforeAll(async () => {
  ada = await makePublisher("ada");
  await publishAs("birds-noisy", "1.0.0", {
    description: "Sparrows and Finches",
    tasks: ["birds", "images"],
  });
  await publishAs("birds-clean", "1.0.0", { description: "Sparrows", tasks: ["birds", "images"] });
  await publishAs("digits", "1.0.0", { description: "Zero to nine", tasks: ["mnist", "images"] });
  await publishAs("digits", "2.0.0-rc.1", { description: "Zero to nine, again", tasks: ["mnist"] });
  await publishAs("sounds", "1.0.0", { description: 'It says "quack" — and naïve 鳥の声', tasks: ["audio"] });
  await env.DB.prepare("INSERT INTO dist_tags VALUES ('digits', 'next', '2.0.0-rc.1', '')").run();
});

async function names(query: string): Promise<string[]> {
  const answer = await request(`/v1/teachers?${query}`);
  expect(answer.status, query).toBe(200);
  return (await answer.json<TeacherList>()).teachers.map(({ name, version }) => `${name}@${version}`);
}

describe("GET /v1/teachers", () => {
  it.each([
    ["task=birds", ["birds-clean@1.0.0", "birds-noisy@1.0.0"]],
    ["task=images", ["birds-clean@1.0.0", "birds-noisy@1.0.0", "digits@1.0.0"]],
    ["task=images&limit=1&cursor=birds-noisy", ["digits@1.0.0"]],
    ["family=mixed&prefix=bi", ["birds-clean@1.0.0", "birds-noisy@1.0.0"]],
    ["family=gain", []],
    ["prefix=birds-n", ["birds-noisy@1.0.0"]],
    ["prefix=birds-n&task=mnist", []],
    ["tag=next", ["digits@2.0.0-rc.1"]],
    ["tag=next&task=images", ["digits@2.0.0-rc.1"]],
    ["tag=next&family=gain", []],
    ["tag=latest&prefix=dig", ["digits@1.0.0"]],
    // The one that came last first.
    ["q=sparrows", ["birds-clean@1.0.0", "birds-noisy@1.0.0"]],
    ["q=SPARROWS%20AND%20FINCHES", ["birds-noisy@1.0.0"]],
    ["q=images", ["digits@1.0.0", "birds-clean@1.0.0", "birds-noisy@1.0.0"]],
    ["q=images&task=birds&family=mixed&prefix=birds-c", ["birds-clean@1.0.0"]],
    ["q=nine&tag=next", ["digits@2.0.0-rc.1"]],
    ["q=%22quack%22", ["sounds@1.0.0"]],
    ["q=NA%C3%8FVE", ["sounds@1.0.0"]],
    ["q=%E9%B3%A5%E3%81%AE%E5%A3%B0", ["sounds@1.0.0"]],
    ["q=%25%25%25", []],
    ["q=NEAR(zero%20nine)", []],
    ["q=zero%20OR%20quack", []],
    // Too short for trigrams: in names.
    ["q=gi", ["digits@1.0.0"]],
    ["q=%F0%9F%A6%86a", []],
  ])("%s", async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it("shows no version that was yanked, were it tagged", async () => {
    const yank = (at: string | null) =>
      env.DB.prepare(
        "INSERT INTO release_states (name, version, yanked_at) VALUES ('digits', '2.0.0-rc.1', ?1) ON CONFLICT DO UPDATE SET yanked_at = ?1",
      )
        .bind(at)
        .run();
    await yank("2026-01-01T00:00:00.000Z");
    // Questions that nobody has asked before, as this write went past the caches.
    for (const query of ["tag=next&limit=7", "tag=next&task=images&limit=7", "q=nine&tag=next&limit=7"])
      expect(await names(query), query).toEqual([]);
    await yank(null);
  });

  it("refuses what is no question", async () => {
    for (const query of [
      "q=",
      "q=%00abc",
      "task=",
      "prefix=-",
      "tag=%27",
      "cursor=1e9",
      "cursor=-1",
      "limit=101",
    ])
      await expectProblem(await request(`/v1/teachers?${query}`), "invalid-request");
  });

  it("shows each teacher once, whatever is published between pages, that was there all along", async () => {
    const there = Array.from({ length: 9 }, (_, i) => `paged-${i}`);
    for (const name of there)
      await publishAs(name, "1.0.0", { description: "Turns pages", tasks: ["paging"] });
    for (const filter of ["prefix=paged-", "task=paging", "q=turns%20pages", "q=ed"]) {
      const seen: string[] = [];
      let cursor = "";
      for (let page = 0; page < 60; page++) {
        const { teachers, nextCursor } = await (
          await request(`/v1/teachers?${filter}&limit=2${cursor}`)
        ).json<TeacherList>();
        seen.push(...teachers.map(({ name }) => name));
        if (nextCursor === null) break;
        cursor = `&cursor=${nextCursor}`;
        if (page > 1) continue;
        // Before, between and after what was seen; and a new version of what was seen and of what wasn't yet.
        const slug = `${filter.replaceAll(/[^a-z]/g, "")}x${page}`;
        const texts = { description: "Turns pages", tasks: ["paging"] };
        await publishAs(`paged-0${slug}`, "1.0.0", texts);
        await publishAs(`paged-9${slug}`, "1.0.0", texts);
        const minor = await env.DB.prepare("SELECT count(*) AS n FROM releases").first<{ n: number }>();
        for (const name of ["paged-1", "paged-7"]) await publishAs(name, `1.${minor!.n}.0`, texts);
      }
      const old = seen.filter((name) => there.includes(name));
      expect(old.toSorted(), filter).toEqual(there);
      expect(new Set(seen).size, filter).toBe(seen.length);
    }
  });
});

describe("a teacher's page", () => {
  it("has all versions with what has happened to them, tags and tombstones", async () => {
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) await publishAs("aged", version);
    const state =
      "INSERT INTO release_states (name, version, yanked_at, yanked_reason, deprecated) VALUES ('aged', ?, ?, ?, ?)";
    await env.DB.batch([
      env.DB.prepare(state).bind("1.2.0", "2026-02-01T00:00:00.000Z", "emits NaN", null),
      env.DB.prepare(state).bind("1.1.0", null, null, "use 2.x"),
      env.DB.prepare(
        "INSERT INTO release_states (name, version, removed_at, removed_reason) VALUES ('aged', '1.0.0', '2026-03-01T00:00:00.000Z', 'court order')",
      ),
      env.DB.prepare("DELETE FROM releases WHERE name = 'aged' AND version = '1.0.0'"),
      env.DB.prepare("INSERT INTO dist_tags VALUES ('aged', 'good', '1.1.0', '')"),
    ]);
    const page = await (await request("/v1/teachers/aged")).json<TeacherOverview>();
    expect(page).toMatchObject({
      name: "aged",
      owner: "ada",
      latest: "1.1.0",
      tags: { good: "1.1.0" },
      removed: [{ version: "1.0.0", at: "2026-03-01T00:00:00.000Z", reason: "court order" }],
    });
    expect(page.releases.map(({ version, yanked, deprecated }) => [version, yanked, deprecated])).toEqual([
      ["1.2.0", { at: "2026-02-01T00:00:00.000Z", reason: "emits NaN" }, null],
      ["1.1.0", null, "use 2.x"],
    ]);
  });
});

describe("query plans", () => {
  const everything = { limit: 20 };
  const lists = {
    all: everything,
    "after a cursor": { ...everything, cursor: "digits" },
    "by prefix": { ...everything, prefix: "bi" },
    "by family": { ...everything, family: "mixed", cursor: "digits" },
    "by task": { ...everything, task: "birds", cursor: "digits" },
    "by tag": { ...everything, tag: "next", cursor: "digits" },
    "by text": { ...everything, q: "sparrows", cursor: "77" },
    "by text and all else": {
      ...everything,
      q: "sparrows",
      task: "birds",
      family: "mixed",
      tag: "next",
      prefix: "b",
    },
    "by two letters": { ...everything, q: "bi" },
  };
  const others: Record<string, [string, ...unknown[]]> = {
    "resolution index": [indexQuery, "digits"],
    "exact release": [releaseQuery, "digits", "1.0.0"],
    "whose weights": [sharingQuery, "0"],
    "page, teacher": [teacherQueries[0], "digits"],
    "page, releases": [teacherQueries[1], "digits"],
    "an owner's usage": [usageQuery, "ada", "digits", ""],
  };
  const explain = async (sql: string, parameters: unknown[]): Promise<string[]> => {
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...parameters)
      .all<{ detail: string }>();
    return results.map(({ detail }) => detail);
  };

  it.each(Object.entries(lists))("list %s: along an index, in its order", async (_, query) => {
    const { sql, parameters } = queryListings(query);
    const plan = await explain(sql, parameters);
    expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
    // A virtual table's index is its own.
    const scans = plan.filter((step) => step.startsWith("SCAN") && !step.includes("VIRTUAL TABLE INDEX"));
    expect(scans).toEqual([]);
    const [first] = plan;
    expect(first).toMatch(/USING (COVERING )?INDEX|USING PRIMARY KEY|VIRTUAL TABLE INDEX/);
  });

  it.each(Object.entries(others))("%s: by keys", async (_, [sql, ...parameters]) => {
    const plan = await explain(sql, parameters);
    const scans = plan.filter((step) => /^SCAN (?!CONSTANT|v$|v |\(subquery|j )/.test(step));
    expect(scans).toEqual([]);
  });

  it("reads no more rows for a page of many teachers than of few", async () => {
    const rowsRead = async (query: Parameters<typeof queryListings>[0]) => {
      const { sql, parameters } = queryListings(query);
      const { meta } = await env.DB.prepare(sql)
        .bind(...parameters)
        .all();
      return meta.rows_read;
    };
    const queries = [
      { limit: 5 },
      { limit: 5, task: "images" },
      { limit: 5, family: "mixed" },
      { limit: 5, q: "sparrows" },
    ];
    const few = await Promise.all(queries.map(rowsRead));
    await env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
         INSERT INTO teachers (name, owner, created_at) SELECT 'filler-' || i, 'bea', '' FROM n`,
      ),
      env.DB.prepare(
        `INSERT INTO releases SELECT t.name, r.version, r.precedence, r.stable, r.manifest, r.manifest_sha256, r.signature,
           r.public_key, r.description, r.family, r.classes, r.tasks, r.weights_sha256, r.weights_bytes, r.publisher,
           r.published_at, r.search_text, r.request_id
         FROM teachers t, releases r WHERE t.owner = 'bea' AND r.name = 'birds-clean'`,
      ),
    ]);
    const { teachers } = await listTeachers(env.DB, { limit: 3, q: "filler-39" });
    expect(teachers.map(({ name }) => name)).toEqual(["filler-399", "filler-398", "filler-397"]);
    const many = await Promise.all(queries.map(rowsRead));
    // A page that was short before is full now.
    few.forEach((rows, i) =>
      expect(many[i], JSON.stringify(queries[i])).toBeLessThanOrEqual(Math.max(2 * rows, 40)),
    );
  });
});
