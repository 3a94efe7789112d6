import { env, SELF } from "cloudflare:test";
import { sha256Hex } from "@lectern/shared/artifact";
import type { Problem } from "@lectern/shared/schema";
import { expect } from "vitest";
import { problemKinds, type ProblemKind } from "../src/problems/kinds.ts";

const origin = "https://api.test";

export function request(path: string, init: RequestInit = {}): Promise<Response> {
  return SELF.fetch(origin + path, { redirect: "manual", ...init });
}

/** The problem in an answer, after checking all that every problem promises. */
export async function expectProblem(answer: Response, kind: ProblemKind): Promise<Problem> {
  const text = await answer.text();
  expect(text).toContain(kind);
  const problem = JSON.parse(text) as Problem;
  expect(problem).toEqual({
    type: `https://lectern.dev/problems/${kind}`,
    title: problemKinds[kind].title,
    status: problemKinds[kind].status,
    detail: expect.stringMatching(/.\.$/),
    remedy: expect.stringMatching(/.\.$/),
    requestId: answer.headers.get("X-Request-Id"),
  });
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.status).toBe(problem.status);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(text).not.toMatch(/select |insert |sqlite|D1_|drizzle|\.ts:|at async/i);
  return problem;
}

interface TokenOptions {
  scopes?: string;
  expiresAt?: string | null;
  revokedAt?: string | null;
  names?: string[] | null;
}

/** Inserts a token for the owner, as the bootstrap does, and returns its secret text. */
export async function addToken(
  owner: string,
  { scopes = "publish", expiresAt = null, revokedAt = null, names = null }: TokenOptions = {},
): Promise<string> {
  // The same options give the same token, others another.
  const text = JSON.stringify({ scopes, expiresAt, revokedAt, names });
  const token = `lec_${owner.padEnd(43, "x")}${(await sha256Hex(new TextEncoder().encode(text))).slice(0, 16)}`;
  const hash = await sha256Hex(new TextEncoder().encode(token));
  await env.DB.prepare(
    "INSERT OR IGNORE INTO tokens (hash, id, owner, scopes, names, last_four, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  )
    .bind(
      hash,
      hash.slice(0, 16),
      owner,
      scopes,
      names === null ? null : JSON.stringify(names),
      token.slice(-4),
      "2026-01-01T00:00:00.000Z",
      expiresAt,
      revokedAt,
    )
    .run();
  return token;
}

export async function readAudit(): Promise<
  { owner: string; action: string; subject: string; request_id: string }[]
> {
  const { results } = await env.DB.prepare(
    "SELECT owner, action, subject, request_id FROM audit ORDER BY id",
  ).all<{ owner: string; action: string; subject: string; request_id: string }>();
  return results;
}
