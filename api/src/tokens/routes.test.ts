import { env } from "cloudflare:test";
import type { NewToken, TokenInfo, TokenList } from "@lectern/shared/schema";
import { beforeAll, expect, it } from "vitest";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";

let admin: string;
beforeAll(async () => {
  admin = await addToken("ada", { scopes: "admin" });
});

const send = (method: string, path: string, token: string, body?: unknown) =>
  request(path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const create = async (body: unknown, token = admin) =>
  (await send("POST", "/v1/tokens", token, body)).json<NewToken>();

it("shows a new token once, and keeps its hash only", async () => {
  const expiresAt = "2999-01-01T00:00:00.000Z";
  const answer = await send("POST", "/v1/tokens", admin, {
    label: "ci",
    scopes: ["read", "publish"],
    expiresAt,
  });
  expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([201, "no-store"]);
  const { token, ...info } = await answer.json<NewToken>();
  expect(token).toMatch(/^lec_[\w-]{43}$/);
  expect(info).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    owner: "ada",
    label: "ci",
    scopes: ["read", "publish"],
    names: null,
    lastFour: token.slice(-4),
    createdAt: expect.stringMatching(/^20/),
    expiresAt,
    revokedAt: null,
  });
  const listed = await (await send("GET", "/v1/tokens", admin)).text();
  expect(JSON.parse(listed) as TokenList).toMatchObject({ tokens: [info, { owner: "ada" }] });
  expect(listed).not.toContain(token);
  for (const table of ["tokens", "audit"]) {
    const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all();
    expect(JSON.stringify(results)).not.toContain(token);
  }
  expect(await (await send("GET", "/v1/whoami", token)).json<TokenInfo>()).toEqual(info);
  expect((await readAudit()).at(-1)).toMatchObject({ action: "token.create", subject: info.id });
});

it("gives none more than its maker has", async () => {
  const scoped = await create({ scopes: ["admin"], names: ["glyphs"] });
  await expectProblem(
    await send("POST", "/v1/tokens", scoped.token, { scopes: ["read"] }),
    "insufficient-scope",
  );
  const other = { scopes: ["read"], names: ["glyphs", "digits"] };
  await expectProblem(await send("POST", "/v1/tokens", scoped.token, other), "insufficient-scope");
  expect((await create({ scopes: ["publish"], names: ["glyphs"] }, scoped.token)).names).toEqual(["glyphs"]);
  const { token } = await create({ scopes: ["read"] });
  await expectProblem(await send("POST", "/v1/tokens", token, { scopes: ["read"] }), "insufficient-scope");
  await expectProblem(
    await send("POST", "/v1/tokens", admin, { scopes: ["read"], owner: "bob" }),
    "insufficient-scope",
  );
  const operator = await addToken("operator", { scopes: "admin" });
  expect(await create({ scopes: ["admin"], owner: "bob" }, operator)).toMatchObject({ owner: "bob" });
  const passing = await addToken("ada", { scopes: "admin", expiresAt: "2990-01-01T00:00:00.000Z" });
  for (const expiresAt of [null, "2990-01-01T00:00:00.001Z"]) {
    const answer = await send("POST", "/v1/tokens", passing, { scopes: ["read"], expiresAt });
    const { detail } = await expectProblem(answer, "insufficient-scope");
    expect(detail).toContain("expires at 2990-01-01T00:00:00.000Z");
  }
  const expiresAt = "2989-12-31T00:00:00.000Z";
  expect((await create({ scopes: ["read"], expiresAt }, passing)).expiresAt).toBe(expiresAt);
});

it("revokes at once and for good: one's own by itself, others' by an admin, none of another owner", async () => {
  const { token, id } = await create({ scopes: ["read"] });
  const { id: second } = await create({ scopes: ["read"] });
  await expectProblem(await send("DELETE", `/v1/tokens/${second}`, token), "insufficient-scope");
  const bob = await addToken("bob", { scopes: "admin" });
  await expectProblem(await send("DELETE", `/v1/tokens/${second}`, bob), "unknown-token");
  const revoked = await (await send("DELETE", `/v1/tokens/${id}`, token)).json<TokenInfo>();
  expect(revoked.revokedAt).toMatch(/^20/);
  await expectProblem(await send("GET", "/v1/whoami", token), "invalid-token");
  const again = await (await send("DELETE", `/v1/tokens/${id}`, admin)).json<TokenInfo>();
  expect(again.revokedAt).toBe(revoked.revokedAt);
  await expectProblem(await send("DELETE", "/v1/tokens/nonsense", admin), "invalid-request");
});

it("refuses wishes that aren't well-formed", async () => {
  for (const body of [
    {},
    { scopes: [] },
    { scopes: ["root"] },
    { scopes: ["read"], names: [] },
    { scopes: ["read"], names: ["../x"] },
    { scopes: ["read"], expiresAt: "tomorrow" },
    { scopes: ["read"], more: 1 },
  ])
    await expectProblem(await send("POST", "/v1/tokens", admin, body), "invalid-body");
});

it("tells an owner in the audit who did what to what is theirs, page by page", async () => {
  const read = async (query: string) =>
    (await send("GET", `/v1/audit?${query}`, admin)).json<{
      entries: { id: number; owner: string; concerns: string | null }[];
      nextCursor: string | null;
    }>();
  const all = await read("limit=100");
  expect(all.nextCursor).toBeNull();
  expect(all.entries.every(({ owner, concerns }) => owner === "ada" || concerns === "ada")).toBe(true);
  const ids = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = await read(`limit=2${cursor && `&cursor=${cursor}`}`);
    ids.push(...page.entries.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(ids).toEqual(all.entries.map(({ id }) => id));
  expect(ids).toEqual(ids.toSorted((a, b) => b - a));
});
