import { env } from "cloudflare:test";
import { endorseKey } from "@lectern/shared/artifact";
import { beforeAll, expect, it } from "vitest";
import { makePublisher, makeWeights, publish, type Publisher, sign } from "../../test/releases.ts";
import { addToken, request } from "../../test/requests.ts";
import { widenScopes } from "./scopes.ts";

/** Who asks: every combination of these. */
const scopes = ["", "read", "publish", "yank", "admin", "read yank", "nonsense"];
const owners = ["ada", "bob", "operator"];
const restrictions = [null, ["glyphs", "secret"], ["something-else"]];
const broken = ["missing", "malformed", "unknown", "expired", "revoked"] as const;

interface Caller {
  owner: string;
  scopes: ReadonlySet<string>;
  names: readonly string[] | null;
}

interface Operation {
  call: string;
  method: string;
  path: string | ((owner: string) => string);
  body?: (owner: string) => unknown;
  /** Whether a caller whose token is valid may: to ada's teachers, or to what is the caller's own. */
  allows: (caller: Caller) => boolean;
  /** Statuses of those who may. */
  allowed: readonly number[];
}

const has = (scope: string) => (caller: Caller) => caller.scopes.has(scope);
const covers = ({ names }: Caller) => names === null || names.includes("glyphs");
const isOperator = ({ owner, scopes }: Caller) => owner === "operator" && scopes.has("admin");
/** The scope, and ada's token for this name, or an operator's. */
const onAdas = (scope: string) => (caller: Caller) =>
  caller.scopes.has(scope) && covers(caller) && (isOperator(caller) || caller.owner === "ada");
const unrestricted = (scope: string) => (caller: Caller) => caller.scopes.has(scope) && caller.names === null;

let ada: Publisher;
let operations: Operation[];

beforeAll(async () => {
  ada = await makePublisher("ada");
  await addToken("bob");
  for (const [name, version] of [
    ["glyphs", "1.0.0"],
    ["secret", "1.0.0"],
  ] as const) {
    const answer = await publish(ada, { name, version });
    expect(answer.status).toBe(201);
    await answer.arrayBuffer();
  }
  await env.DB.prepare("UPDATE teachers SET visibility = 'private' WHERE name = 'secret'").run();
  const release = await sign(ada, { name: "glyphs", version: "1.1.0" });
  const key = { publicKey: ada.key.publicKey, endorsedBy: null, endorsement: null };
  const proof = await endorseKey({ owner: "ada", from: null, to: ada.key.publicKey }, ada.key);
  const fresh = await makeWeights(2);
  const teacher = "/v1/teachers/glyphs";
  const write = { method: "PUT", allowed: [200] };
  operations = [
    { call: "whoami", method: "GET", path: "/v1/whoami", allows: () => true, allowed: [200] },
    {
      call: "read a private manifest",
      method: "GET",
      path: "/v1/teachers/secret/versions/1.0.0",
      allows: onAdas("read"),
      allowed: [200],
    },
    {
      call: "read a private range",
      method: "GET",
      path: "/v1/teachers/secret/versions/^1.0.0",
      allows: onAdas("read"),
      allowed: [200],
    },
    {
      call: "read a private page",
      method: "GET",
      path: "/v1/teachers/secret",
      allows: onAdas("read"),
      allowed: [200],
    },
    {
      call: "read private tags",
      method: "GET",
      path: "/v1/teachers/secret/tags",
      allows: onAdas("read"),
      allowed: [200],
    },
    {
      call: "upload weights",
      method: "PUT",
      path: `/v1/weights/${fresh.sha256}`,
      body: () => fresh.bytes,
      allows: has("publish"),
      allowed: [200, 201],
    },
    {
      call: "begin an upload",
      method: "POST",
      path: "/v1/uploads",
      body: () => ({ sha256: fresh.sha256, bytes: 99 }),
      allows: has("publish"),
      allowed: [200, 201],
    },
    {
      call: "complete an upload",
      method: "POST",
      path: `/v1/uploads/${crypto.randomUUID()}/completion`,
      allows: has("publish"),
      allowed: [404],
    },
    {
      call: "abort an upload",
      method: "DELETE",
      path: `/v1/uploads/${crypto.randomUUID()}`,
      allows: has("publish"),
      allowed: [204],
    },
    {
      ...write,
      call: "publish",
      path: `${teacher}/versions/1.1.0`,
      body: () => release,
      allows: (caller) => onAdas("publish")(caller) && caller.owner === "ada",
      allowed: [200, 201],
    },
    {
      ...write,
      call: "tag",
      path: `${teacher}/tags/beta`,
      body: () => ({ version: "1.0.0" }),
      allows: onAdas("publish"),
    },
    {
      call: "delete a tag",
      method: "DELETE",
      path: `${teacher}/tags/none`,
      allows: onAdas("publish"),
      allowed: [200],
    },
    {
      ...write,
      call: "yank",
      path: `${teacher}/versions/1.0.0/yank`,
      body: () => ({ yanked: true, reason: "x" }),
      allows: onAdas("yank"),
    },
    {
      ...write,
      call: "un-yank",
      path: `${teacher}/versions/1.0.0/yank`,
      body: () => ({ yanked: false, reason: "x" }),
      allows: onAdas("yank"),
    },
    {
      ...write,
      call: "deprecate",
      path: `${teacher}/versions/1.0.0/deprecation`,
      body: () => ({ message: "Use 2." }),
      allows: onAdas("yank"),
    },
    {
      ...write,
      call: "remove",
      path: `${teacher}/versions/9.0.0/removal`,
      body: () => ({ reason: "x" }),
      allows: (caller) => isOperator(caller) && covers(caller),
      allowed: [404],
    },
    {
      ...write,
      call: "change visibility",
      path: `${teacher}/visibility`,
      body: () => ({ visibility: "public" }),
      allows: onAdas("admin"),
    },
    {
      call: "take an offer back",
      method: "DELETE",
      path: `${teacher}/transfer`,
      allows: onAdas("admin"),
      allowed: [200],
    },
    {
      call: "accept an offer to another, or what is one's own",
      method: "POST",
      path: `${teacher}/transfer/acceptance`,
      allows: (caller) => onAdas("admin")(caller) && caller.owner === "ada",
      allowed: [200],
    },
    {
      ...write,
      call: "offer to nobody",
      path: `${teacher}/transfer`,
      body: () => ({ to: "nobody" }),
      allows: onAdas("admin"),
      allowed: [404],
    },
    {
      ...write,
      call: "register a key",
      path: "/v1/owners/ada/keys",
      body: () => ({ ...key, proof }),
      allows: (caller) => caller.owner === "ada" && unrestricted("admin")(caller),
    },
    {
      ...write,
      call: "revoke a key",
      path: "/v1/owners/ada/revocations",
      body: () => ({ publicKey: `${"A".repeat(43)}=`, reason: "x" }),
      allows: (caller) => caller.owner === "ada" && unrestricted("admin")(caller),
      allowed: [404],
    },
    { call: "list tokens", method: "GET", path: "/v1/tokens", allows: unrestricted("admin"), allowed: [200] },
    {
      call: "make a token",
      method: "POST",
      path: "/v1/tokens",
      body: () => ({ scopes: ["read"] }),
      allows: unrestricted("admin"),
      allowed: [201],
    },
    {
      call: "make a token for bob",
      method: "POST",
      path: "/v1/tokens",
      body: () => ({ scopes: ["read"], owner: "bob" }),
      allows: (caller) => unrestricted("admin")(caller) && caller.owner !== "ada",
      allowed: [201],
    },
    {
      call: "revoke an unknown token",
      method: "DELETE",
      path: `/v1/tokens/${"0".repeat(16)}`,
      allows: has("admin"),
      allowed: [404],
    },
    {
      call: "read the audit",
      method: "GET",
      path: "/v1/audit",
      allows: unrestricted("admin"),
      allowed: [200],
    },
    {
      call: "read ada's audit",
      method: "GET",
      path: "/v1/audit?owner=ada",
      allows: (caller) => unrestricted("admin")(caller) && caller.owner !== "bob",
      allowed: [200],
    },
  ];
});

async function call(operation: Operation, owner: string, authorization: string | undefined) {
  const { method, path, body } = operation;
  const sent = body?.(owner);
  const isBinary = sent instanceof Uint8Array;
  const answer = await request(typeof path === "string" ? path : path(owner), {
    method,
    headers: {
      ...(authorization !== undefined && { Authorization: authorization }),
      ...(sent !== undefined && {
        "Content-Type": isBinary ? "application/octet-stream" : "application/json",
      }),
    },
    ...(sent !== undefined && {
      body: isBinary ? (sent as Uint8Array<ArrayBuffer>) : JSON.stringify(sent),
    }),
  });
  const text = new TextDecoder().decode(await answer.arrayBuffer());
  const kind =
    answer.status >= 400
      ? String((JSON.parse(text) as { type: string }).type)
          .split("/")
          .at(-1)!
      : "";
  return { status: answer.status, kind, text };
}

/** What someone who may not is told: nothing but that, and of what is private not even that it exists. */
const denials = new Set([
  "insufficient-scope",
  "not-owner",
  "publisher-mismatch",
  "unknown-teacher",
  "unknown-transfer",
]);

it("denies every combination of scope, owner, names and operation that it should, and no other", async () => {
  const wrong: string[] = [];
  const counts = { allowed: 0, denied: 0 };
  for (const owner of owners)
    for (const scope of scopes)
      for (const names of restrictions) {
        const token = await addToken(owner, { scopes: scope, names });
        const caller = { owner, scopes: widenScopes(scope.split(" ")), names };
        const ask = async (operation: Operation) => {
          const { status, kind, text } = await call(operation, owner, `Bearer ${token}`);
          const may = operation.allows(caller);
          const right = may ? operation.allowed.includes(status) : denials.has(kind);
          counts[may ? "allowed" : "denied"]++;
          if (!right || text.includes(token))
            wrong.push(`${owner} [${scope}] for ${names ?? "all"}: ${operation.call} → ${status} ${kind}`);
        };
        await Promise.all(operations.map(ask));
      }
  expect(wrong).toEqual([]);
  process.stdout.write(`token matrix: ${counts.denied} denied, ${counts.allowed} allowed, none wrong\n`);
  expect(counts.denied).toBeGreaterThan(1000);
  expect(counts.allowed).toBeGreaterThan(200);
}, 120_000);

it("denies everything to a token that is missing, malformed, unknown, expired or revoked", async () => {
  const all = { scopes: "admin" };
  const authorizations: Record<(typeof broken)[number], string | undefined> = {
    missing: undefined,
    malformed: "Bearer lec_short",
    unknown: `Bearer lec_${"u".repeat(43)}`,
    expired: `Bearer ${await addToken("ada", { ...all, expiresAt: "2020-01-01T00:00:00.000Z" })}`,
    revoked: `Bearer ${await addToken("ada", { ...all, revokedAt: "2020-01-01T00:00:00.000Z" })}`,
  };
  let denied = 0;
  for (const state of broken)
    for (const operation of operations) {
      const { status, kind } = await call(operation, "ada", authorizations[state]);
      const isPrivateRead =
        state === "missing" && operation.call.startsWith("read ") && operation.call.includes("private");
      const expected = isPrivateRead
        ? "404 unknown-teacher"
        : state === "missing"
          ? "401 missing-token"
          : "401 invalid-token";
      expect(`${state}: ${operation.call} → ${status} ${kind}`).toBe(
        `${state}: ${operation.call} → ${expected}`,
      );
      denied++;
    }
  process.stdout.write(`token states: ${denied} denied of ${denied}\n`);
  expect(denied).toBe(broken.length * operations.length);
});
