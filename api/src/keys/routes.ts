import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { keyList, keyRegistration, keyRevocation, ownerName } from "@lectern/shared/schema";
import { and, eq, exists, isNull, notExists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describeWrite } from "../audit/actions.ts";
import { audit, publisherKeys } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandAllNames } from "../tokens/scopes.ts";
import { checkRegistration } from "./check-registration.ts";
import { type KeyRow, readKeys, showKey } from "./read-keys.ts";

const params = z.object({ owner: ownerName });
const security = [{ token: [] }];
const ok = {
  description: "The owner's keys, oldest first",
  content: { "application/json": { schema: keyList } },
};

const listRoute = createRoute({
  method: "get",
  path: "/v1/owners/{owner}/keys",
  summary: "Get an owner's keys",
  description:
    "With who endorsed whom: a client that knows an earlier key can follow the signatures to a later one. Revoked ones are among them.",
  request: { params },
  responses: { 200: ok, ...problemResponses(400, 404) },
});
const putRoute = createRoute({
  method: "put",
  path: "/v1/owners/{owner}/keys",
  summary: "Register a key",
  description:
    "Endorsed by a registered key that is neither retired nor revoked; an owner's first by itself only. With `retire`, the endorsing key " +
    "signs no more versions. Idempotent.",
  security,
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: keyRegistration } } } },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 413, 415, 422) },
});
const revokeRoute = createRoute({
  method: "put",
  path: "/v1/owners/{owner}/revocations",
  summary: "Revoke a key",
  description:
    "It signs no more versions and endorses no more keys, and clients take no new key on its word. For good.",
  security,
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: keyRevocation } } } },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404, 413, 415, 422) },
});

export function addKeys(app: OpenAPIHono<Environment>): void {
  app.openapi(listRoute, async (context) => {
    const { owner } = context.req.valid("param");
    const keys = await readKeys(context.env.DB, owner);
    if (keys.length === 0) {
      throw new ProblemError(
        "unknown-owner",
        `No owner ${owner} has registered a key.`,
        "Take the owner from a release's publisher.name.",
      );
    }
    return context.json({ owner, keys: keys.map(showKey) }, 200, { "Cache-Control": "no-cache" });
  });

  app.openapi(putRoute, async (context) => {
    const { owner } = context.req.valid("param");
    demandOwner(context, owner);
    const wanted = context.req.valid("json");
    await checkRegistration(owner, wanted);
    const before = await readKeys(context.env.DB, owner);
    const known = before.find(({ publicKey }) => publicKey === wanted.publicKey);
    if (known === undefined) demandEndorser(owner, before, wanted.endorsedBy);
    else demandUnrevoked(owner, known);
    // Also where it is known: it may have come without retiring the other.
    await recordKey(context, owner, wanted);
    const keys = await readKeys(context.env.DB, owner);
    // Lost a race against a revocation, or against another first key.
    if (!keys.some(({ publicKey }) => publicKey === wanted.publicKey))
      demandEndorser(owner, keys, wanted.endorsedBy);
    return context.json({ owner, keys: keys.map(showKey) }, 200);
  });

  app.openapi(revokeRoute, async (context) => {
    const { owner } = context.req.valid("param");
    demandOwner(context, owner);
    const { publicKey, reason } = context.req.valid("json");
    const key = (await readKeys(context.env.DB, owner)).find((key) => key.publicKey === publicKey);
    if (key === undefined) {
      throw new ProblemError(
        "unknown-key",
        `${owner} has not registered the key ${publicKey}.`,
        `See GET /v1/owners/${owner}/keys.`,
      );
    }
    if (key.revokedAt === null) {
      const db = drizzle(context.env.DB);
      const trace = describeWrite(context, {
        action: "key.revoke",
        subject: publicKey,
        concerns: owner,
        detail: reason,
      });
      await db.batch([
        db
          .update(publisherKeys)
          .set({ revokedAt: trace.at, revokedReason: reason })
          .where(and(keyIs(owner, publicKey), isNull(publisherKeys.revokedAt))),
        db.insert(audit).values(trace),
      ]);
    }
    const keys = await readKeys(context.env.DB, owner);
    return context.json({ owner, keys: keys.map(showKey) }, 200);
  });
}

function keyIs(owner: string, publicKey: string) {
  return and(eq(publisherKeys.owner, owner), eq(publisherKeys.publicKey, publicKey));
}

/** Keys are the owner's as a whole; an operator registers none for others here, but with the bootstrap. */
function demandOwner(context: ApiContext, owner: string): void {
  const { caller } = context.var;
  demandAllNames(caller);
  if (caller.owner === owner) return;
  throw new ProblemError(
    "not-owner",
    `The keys are ${owner}'s, the token is ${caller.owner}'s.`,
    "Use a token of that owner.",
  );
}

function demandEndorser(owner: string, keys: readonly KeyRow[], endorsedBy: string | null): void {
  if (endorsedBy === null && keys.length === 0) return;
  const endorser = keys.find(({ publicKey }) => publicKey === endorsedBy);
  if (endorser !== undefined && endorser.retiredAt === null && endorser.revokedAt === null) return;
  const good = keys.filter(({ retiredAt, revokedAt }) => retiredAt === null && revokedAt === null);
  throw new ProblemError(
    endorser === undefined ? "unregistered-key" : "revoked-key",
    `A new key of ${owner} must be endorsed by one that is registered and good, ${endorsedBy ?? "none"} was given; there are: ${good.map(({ publicKey }) => publicKey).join(", ") || "none"}.`,
    "Endorse it with one of these; if they are lost, ask an operator (docs/trust.md).",
  );
}

/** Else whoever rotates would go on to sign with a key that signs nothing. */
function demandUnrevoked(owner: string, { publicKey, revokedAt }: KeyRow): void {
  if (revokedAt === null) return;
  throw new ProblemError(
    "revoked-key",
    `The key ${publicKey} of ${owner} was revoked, for good.`,
    "Make another one (lectern key rotate).",
  );
}

/** The transaction looks again at what {@link demandEndorser} saw. */
async function recordKey(
  context: ApiContext,
  owner: string,
  { publicKey, endorsedBy, endorsement, retire }: z.infer<typeof keyRegistration>,
): Promise<void> {
  const db = drizzle(context.env.DB);
  const trace = describeWrite(context, {
    action: "key.register",
    subject: publicKey,
    concerns: owner,
    detail: endorsedBy === null ? "the first" : `endorsed by ${endorsedBy}`,
  });
  const row = { owner, publicKey, createdAt: trace.at, endorsedBy, endorsement };
  const one = { one: sql`1` };
  const mayCome =
    endorsedBy === null
      ? notExists(db.select(one).from(publisherKeys).where(eq(publisherKeys.owner, owner)))
      : exists(
          db
            .select(one)
            .from(publisherKeys)
            .where(
              and(keyIs(owner, endorsedBy), isNull(publisherKeys.retiredAt), isNull(publisherKeys.revokedAt)),
            ),
        );
  const isNew = notExists(db.select(one).from(publisherKeys).where(keyIs(owner, publicKey)));
  const comes = sql`${mayCome} AND ${isNew}`;
  const statements = [
    db.insert(audit).select(valuesWhere(audit, trace, comes)),
    db
      .insert(publisherKeys)
      .select(valuesWhere(publisherKeys, row, comes))
      .onConflictDoNothing(),
  ] as const;
  if (!retire || endorsedBy === null) return void (await db.batch(statements));
  const { retiredAt, revokedAt } = publisherKeys;
  const came = exists(
    db
      .select(one)
      .from(publisherKeys)
      .where(and(keyIs(owner, publicKey), eq(publisherKeys.endorsedBy, endorsedBy), isNull(revokedAt))),
  );
  const retirement = { ...trace, action: "key.retire", subject: endorsedBy, detail: `for ${publicKey}` };
  const isActive = exists(
    db
      .select(one)
      .from(publisherKeys)
      .where(and(keyIs(owner, endorsedBy), isNull(retiredAt))),
  );
  await db.batch([
    ...statements,
    db.insert(audit).select(valuesWhere(audit, retirement, sql`${came} AND ${isActive}`)),
    db
      .update(publisherKeys)
      .set({ retiredAt: trace.at })
      .where(and(keyIs(owner, endorsedBy), isNull(retiredAt), came)),
  ]);
}
