import { sha256Hex } from "@lectern/shared/artifact";
import type { Scope } from "@lectern/shared/schema";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { MiddlewareHandler } from "hono";
import { tokens } from "../database/schema.ts";
import type { ApiContext, Caller, Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { demandScope, operatorOwner, widenScopes } from "./scopes.ts";

const obtain = "Log in with `lectern login`, or have an operator make a token (docs/api.md).";

/** Lets a request through whose bearer token has the scope: 401 where there is no valid token, 403 where it may not. */
export function requireScope(scope: Scope): MiddlewareHandler<Environment> {
  return async (context, next) => {
    const caller = await demandCaller(context);
    demandScope(caller, scope);
    await next();
  };
}

/** Lets every valid token through. */
export const requireToken: MiddlewareHandler<Environment> = async (context, next) => {
  await demandCaller(context);
  await next();
};

async function demandCaller(context: ApiContext): Promise<Caller> {
  const caller = await readCaller(context);
  if (caller) return caller;
  throw new ProblemError(
    "missing-token",
    "This request needs a token, and it has no Authorization header.",
    `Send Authorization: Bearer lec_…. ${obtain}`,
    { "WWW-Authenticate": 'Bearer realm="lectern"' },
  );
}

/**
 * Who a request acts for, if it says so: for reads, which need no token unless the teacher is private. The answer to a
 * request with a token must not be cached for others.
 *
 * @throws ProblemError `invalid-token` for a token that is unknown, expired or revoked
 */
export async function readCaller(context: ApiContext): Promise<Caller | undefined> {
  const authorization = context.req.header("Authorization");
  if (authorization === undefined) return undefined;
  const token = /^Bearer +(lec_[A-Za-z0-9_-]{20,128}) *$/i.exec(authorization)?.[1];
  const row = token === undefined ? undefined : await findToken(context.env.DB, token);
  const now = new Date().toISOString();
  if (row === undefined || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) {
    throw new ProblemError("invalid-token", "The token is unknown, expired or revoked.", obtain, {
      "WWW-Authenticate": 'Bearer realm="lectern", error="invalid_token"',
    });
  }
  const scopes = widenScopes(row.scopes.split(" "));
  const caller = {
    owner: row.owner,
    tokenId: row.id,
    scopes,
    names: row.names === null ? undefined : new Set(row.names),
    expiresAt: row.expiresAt,
    isOperator: row.owner === operatorOwner && scopes.has("admin"),
  };
  context.set("caller", caller);
  return caller;
}

/**
 * The lookup is by hash, not by token: how long the index takes tells nothing that leads back to 256 random bits. What
 * it finds is compared once more, in constant time, so that nothing rests on how the database compares texts.
 */
async function findToken(database: D1Database, token: string) {
  const encoder = new TextEncoder();
  const hash = await sha256Hex(encoder.encode(token));
  const row = await drizzle(database).select().from(tokens).where(eq(tokens.hash, hash)).get();
  if (row === undefined || row.hash.length !== hash.length) return undefined;
  return crypto.subtle.timingSafeEqual(encoder.encode(row.hash), encoder.encode(hash)) ? row : undefined;
}
