import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type AuditEntry, auditPage, ownerName } from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandAllNames, demandOperator } from "../tokens/scopes.ts";

const route = createRoute({
  method: "get",
  path: "/v1/audit",
  summary: "Read the audit",
  description:
    "Every write by the owner, and by others to what is the owner's, newest first; an operator reads all, or one owner's.",
  security: [{ token: [] }],
  middleware: [requireScope("admin")] as const,
  request: {
    query: z.object({
      cursor: z.coerce.number().int().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      owner: ownerName.optional(),
      subject: z.string().min(1).max(200).optional(),
    }),
  },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: auditPage } } },
    ...problemResponses(400, 401, 403),
  },
});

export function addAudit(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { cursor, limit, owner: wanted, subject } = context.req.valid("query");
    const { caller } = context.var;
    demandAllNames(caller);
    if (wanted !== undefined && wanted !== caller.owner) demandOperator(caller);
    const owner = wanted ?? (caller.isOperator ? undefined : caller.owner);
    const { query, parameters } = queryAudit({ cursor, limit, owner, subject });
    const { results: rows } = await context.env.DB.prepare(query)
      .bind(...parameters)
      .all<AuditEntry>();
    const entries = rows.slice(0, limit);
    const nextCursor = rows.length > limit ? String(entries.at(-1)?.id) : null;
    return context.json({ entries, nextCursor }, 200, { "Cache-Control": "no-store" });
  });
}

interface Asked {
  cursor: number | undefined;
  limit: number;
  /** Undefined for everybody's. */
  owner: string | undefined;
  subject: string | undefined;
}

const columns =
  "id, at, owner, action, subject, concerns, token_id AS tokenId, detail, request_id AS requestId";

/**
 * Newest first, one row more than the limit: along an index that has them in this order, so that a page costs as many rows
 * as it has, however long the audit. What an owner did and what concerns an owner are two such walks, merged, as one with
 * OR would have to sort; no row is in both. Exported for the test of its plan.
 */
export function queryAudit({ cursor, limit, owner, subject }: Asked): {
  query: string;
  parameters: (string | number)[];
} {
  const values = { cursor, owner, subject, limit: limit + 1 };
  const names = (["limit", "owner", "subject", "cursor"] as const).filter(
    (name) => values[name] !== undefined,
  );
  const at = (name: (typeof names)[number]) => `?${names.indexOf(name) + 1}`;
  const select = (...conditions: string[]) => {
    if (cursor !== undefined) conditions.push(`id < ${at("cursor")}`);
    return `SELECT ${columns} FROM audit${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
  };
  const page = (select: string) => `${select} ORDER BY id DESC LIMIT ${at("limit")}`;
  const parameters = names.map((name) => values[name]!);
  if (subject !== undefined) {
    // The plus keeps SQLite to the subject's index, which is the shortest.
    const theirs = owner === undefined ? [] : [`(+owner = ${at("owner")} OR +concerns = ${at("owner")})`];
    return { query: page(select(`subject = ${at("subject")}`, ...theirs)), parameters };
  }
  if (owner === undefined) return { query: page(select()), parameters };
  const walks = ["owner", "concerns"].map((column) => select(`${column} = ${at("owner")}`));
  return { query: page(walks.join(" UNION ALL ")), parameters };
}
