import { env } from "cloudflare:test";
import type { AuditPage } from "@lectern/shared/schema";
import { beforeAll, expect, it } from "vitest";
import { addToken, expectProblem, request } from "../../test/requests.ts";
import { queryAudit } from "./routes.ts";

beforeAll(async () => {
  const rows = [
    ["ada", null, "glyphs@1.0.0"],
    ["bob", null, "digits@1.0.0"],
    ["operator", "ada", "glyphs@1.0.0"],
    ["ada", "bob", "digits"],
    ["bob", null, "glyphs@1.0.0"],
    ["ada", null, "glyphs@1.1.0"],
  ];
  const insert =
    "INSERT INTO audit (at, owner, action, subject, request_id, concerns) VALUES ('', ?, 'release.yank', ?, '', ?)";
  await env.DB.batch(
    rows.map(([owner, concerns, subject]) => env.DB.prepare(insert).bind(owner, subject, concerns)),
  );
});

async function read(owner: string, query: string): Promise<[number[], string | null]> {
  const token = await addToken(owner, { scopes: "admin" });
  const answer = await request(`/v1/audit?${query}`, { headers: { Authorization: `Bearer ${token}` } });
  const { entries, nextCursor } = await answer.json<AuditPage>();
  return [entries.map(({ id }) => id), nextCursor];
}

it("shows an owner what it did and what concerns it, newest first, by pages", async () => {
  expect(await read("ada", "")).toEqual([[6, 4, 3, 1], null]);
  expect(await read("bob", "")).toEqual([[5, 4, 2], null]);
  expect(await read("ada", "limit=2")).toEqual([[6, 4], "4"]);
  expect(await read("ada", "limit=2&cursor=4")).toEqual([[3, 1], null]);
  expect(await read("ada", "subject=glyphs@1.0.0")).toEqual([[3, 1], null]);
  expect(await read("ada", "subject=glyphs@1.0.0&cursor=3")).toEqual([[1], null]);
  expect(await read("operator", "")).toEqual([[6, 5, 4, 3, 2, 1], null]);
  expect(await read("operator", "owner=bob")).toEqual([[5, 4, 2], null]);
  expect(await read("operator", "subject=glyphs@1.0.0&limit=2")).toEqual([[5, 3], "3"]);
  const token = await addToken("ada", { scopes: "admin" });
  const others = await request("/v1/audit?owner=bob", { headers: { Authorization: `Bearer ${token}` } });
  await expectProblem(others, "insufficient-scope");
});

it("walks an index in the page's order, whatever is asked, and sorts nothing", async () => {
  const choices = (value: string) => [undefined, value];
  for (const owner of choices("ada"))
    for (const subject of choices("glyphs@1.0.0"))
      for (const cursor of [undefined, 5]) {
        const { query, parameters } = queryAudit({ owner, subject, cursor, limit: 3 });
        const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
          .bind(...parameters)
          .all<{ detail: string }>();
        const plan = results.map(({ detail }) => detail).join("; ");
        expect(plan).not.toMatch(/TEMP B-TREE|MULTI-INDEX/);
        if (owner !== undefined || subject !== undefined) {
          expect(plan).toMatch(
            subject === undefined ? /audit_of_owner .*audit_concerning / : /audit_of_subject /,
          );
          expect(plan).not.toMatch(/SCAN audit/);
        }
      }
});
