import { sha256Hex } from "@lectern/shared/artifact";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { MiddlewareHandler } from "hono";
import { tokens } from "../database/schema.ts";
import type { Caller, Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

const bootstrap = "Make a token with scripts/bootstrap-token.ts (docs/api.md).";

/** Lets a request through whose bearer token has the scope: 401 where there is no valid token, 403 where it may not. */
export function requireScope(scope: "publish"): MiddlewareHandler<Environment> {
  return async (context, next) => {
    const caller = await identify(context.env.DB, context.req.header("Authorization"));
    if (!caller.scopes.has(scope)) {
      throw new ProblemError(
        "insufficient-scope",
        `The token of ${caller.owner} lacks the scope ${scope}.`,
        `Use a token with the scope ${scope}.`,
        { "WWW-Authenticate": `Bearer realm="lectern", error="insufficient_scope", scope="${scope}"` },
      );
    }
    context.set("caller", caller);
    await next();
  };
}

async function identify(database: D1Database, authorization: string | undefined): Promise<Caller> {
  if (authorization === undefined) {
    throw new ProblemError(
      "missing-token",
      "This request needs a token, and it has no Authorization header.",
      `Send Authorization: Bearer lec_…. ${bootstrap}`,
      { "WWW-Authenticate": 'Bearer realm="lectern"' },
    );
  }
  const token = /^Bearer +(lec_[A-Za-z0-9_-]{20,128}) *$/i.exec(authorization)?.[1];
  // The lookup is by hash, not by token: how long the index takes tells nothing that leads back to 256 random bits.
  const row = token === undefined ? undefined : await findToken(database, token);
  const now = new Date().toISOString();
  if (row === undefined || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) {
    throw new ProblemError("invalid-token", "The token is unknown, expired or revoked.", bootstrap, {
      "WWW-Authenticate": 'Bearer realm="lectern", error="invalid_token"',
    });
  }
  return { owner: row.owner, scopes: new Set(row.scopes.split(" ")) };
}

async function findToken(database: D1Database, token: string) {
  const hash = await sha256Hex(new TextEncoder().encode(token));
  return drizzle(database).select().from(tokens).where(eq(tokens.hash, hash)).get();
}
