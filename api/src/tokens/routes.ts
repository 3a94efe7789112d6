import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { sha256Hex } from "@lectern/shared/artifact";
import { newToken, tokenInfo, tokenList, tokenRequest, type TokenInfo } from "@lectern/shared/schema";
import { and, desc, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { traceWrite } from "../audit/actions.ts";
import { tokens } from "../database/schema.ts";
import type { ApiContext, Caller, Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope, requireToken } from "./authenticate.ts";
import { coversName, demandAllNames, demandOperator, demandScope } from "./scopes.ts";

const security = [{ token: [] }];
const shown = { "application/json": { schema: tokenInfo } };
const noStore = { "Cache-Control": "no-store" };

const whoRoute = createRoute({
  method: "get",
  path: "/v1/whoami",
  summary: "What is this token?",
  security,
  middleware: [requireToken] as const,
  responses: { 200: { description: "The token that was sent", content: shown }, ...problemResponses(401) },
});
const createTokenRoute = createRoute({
  method: "post",
  path: "/v1/tokens",
  summary: "Make a token",
  description:
    "For the caller's owner; an operator may name another. It can do no more than the token that makes it. The answer is the only one " +
    "that ever holds its text: the API keeps a hash.",
  security,
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: { body: { required: true, content: { "application/json": { schema: tokenRequest } } } },
  responses: {
    201: { description: "Made", content: { "application/json": { schema: newToken } } },
    ...problemResponses(400, 401, 403, 413, 415, 422),
  },
});
const listRoute = createRoute({
  method: "get",
  path: "/v1/tokens",
  summary: "List the owner's tokens",
  description: "The 200 youngest, without their texts.",
  security,
  middleware: [requireScope("admin")] as const,
  responses: {
    200: { description: "Tokens", content: { "application/json": { schema: tokenList } } },
    ...problemResponses(401, 403),
  },
});
const revokeRoute = createRoute({
  method: "delete",
  path: "/v1/tokens/{id}",
  summary: "Revoke a token",
  description: "Any token may revoke itself.",
  security,
  middleware: [requireToken] as const,
  request: { params: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) }) },
  responses: {
    200: { description: "Revoked", content: shown },
    ...problemResponses(400, 401, 403, 404),
  },
});

export function addTokens(app: OpenAPIHono<Environment>): void {
  app.openapi(whoRoute, async (context) => {
    const row = await findRow(context, context.var.caller.tokenId);
    if (row === undefined) throw new Error("a valid token has no row");
    return context.json(showToken(row), 200, noStore);
  });

  app.openapi(createTokenRoute, async (context) => {
    const wanted = context.req.valid("json");
    const { caller } = context.var;
    const owner = wanted.owner ?? caller.owner;
    if (owner !== caller.owner) demandOperator(caller);
    for (const scope of wanted.scopes) demandScope(caller, scope);
    demandNoMoreNames(caller, wanted.names);
    const expiresAt = wanted.expiresAt === null ? null : new Date(wanted.expiresAt).toISOString();
    demandNoLonger(caller, expiresAt);
    const token = `lec_${encodeBase64url(crypto.getRandomValues(new Uint8Array(32)))}`;
    const hash = await sha256Hex(new TextEncoder().encode(token));
    const row: typeof tokens.$inferSelect = {
      hash,
      id: hash.slice(0, 16),
      owner,
      scopes: [...new Set(wanted.scopes)].join(" "),
      names: wanted.names,
      label: wanted.label,
      lastFour: token.slice(-4),
      createdAt: new Date().toISOString(),
      expiresAt,
      revokedAt: null,
    };
    const db = drizzle(context.env.DB);
    await db.batch([
      db.insert(tokens).values(row),
      traceWrite(context, {
        action: "token.create",
        subject: row.id,
        concerns: owner,
        detail: `${row.scopes}${row.names === null ? "" : ` for ${row.names.join(", ")}`}`,
      }),
    ]);
    return context.json({ ...showToken(row), token }, 201, noStore);
  });

  app.openapi(listRoute, async (context) => {
    demandAllNames(context.var.caller);
    const rows = await drizzle(context.env.DB)
      .select()
      .from(tokens)
      .where(eq(tokens.owner, context.var.caller.owner))
      .orderBy(desc(tokens.createdAt))
      .limit(200);
    return context.json({ tokens: rows.map(showToken) }, 200, noStore);
  });

  app.openapi(revokeRoute, async (context) => {
    const { id } = context.req.valid("param");
    const { caller } = context.var;
    if (id !== caller.tokenId) demandScope(caller, "admin");
    const row = await findRow(context, id);
    if (row === undefined || (row.owner !== caller.owner && !caller.isOperator)) {
      throw new ProblemError(
        "unknown-token",
        `${caller.owner} has no token ${id}.`,
        "See GET /v1/tokens for their ids.",
      );
    }
    // A token for some names has no say over those for others.
    if (id !== caller.tokenId) demandNoMoreNames(caller, row.names);
    if (row.revokedAt !== null) return context.json(showToken(row), 200, noStore);
    const revokedAt = new Date().toISOString();
    const db = drizzle(context.env.DB);
    await db.batch([
      db
        .update(tokens)
        .set({ revokedAt })
        .where(and(eq(tokens.hash, row.hash), isNull(tokens.revokedAt))),
      traceWrite(context, { action: "token.revoke", subject: id, concerns: row.owner }),
    ]);
    return context.json(showToken({ ...row, revokedAt }), 200, noStore);
  });
}

/** Without this, a token for one name would make itself one for all. */
function demandNoMoreNames(caller: Caller, names: readonly string[] | null): void {
  if (caller.names === undefined) return;
  if (names !== null && names.every((name) => coversName(caller, name))) return;
  throw new ProblemError(
    "insufficient-scope",
    `The token of ${caller.owner} is for ${[...caller.names].join(", ")} only, and this one is for more.`,
    "Restrict it to the same names, or use a token that is for all of the owner's teachers.",
  );
}

/** Without this, a token that was stolen for an hour would be good for ever. */
function demandNoLonger(caller: Caller, expiresAt: string | null): void {
  if (caller.expiresAt === null || (expiresAt !== null && expiresAt <= caller.expiresAt)) return;
  throw new ProblemError(
    "insufficient-scope",
    `The token of ${caller.owner} expires at ${caller.expiresAt}, and this one ${expiresAt === null ? "never would" : `would at ${expiresAt}`}.`,
    "Let it expire no later (lectern token create --expires), or use a token that lasts as long.",
  );
}

async function findRow(context: ApiContext, id: string) {
  return drizzle(context.env.DB).select().from(tokens).where(eq(tokens.id, id)).get();
}

function showToken(row: typeof tokens.$inferSelect): TokenInfo {
  const { id, owner, label, scopes, names, lastFour, createdAt, expiresAt, revokedAt } = row;
  return { id, owner, label, scopes: scopes.split(" "), names, lastFour, createdAt, expiresAt, revokedAt };
}

function encodeBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
