import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { auditPage, ownerName } from "@lectern/shared/schema";
import { and, desc, eq, lt, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { audit } from "../database/schema.ts";
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
    const rows = await drizzle(context.env.DB)
      .select()
      .from(audit)
      .where(
        and(
          owner === undefined ? undefined : or(eq(audit.owner, owner), eq(audit.concerns, owner)),
          subject === undefined ? undefined : eq(audit.subject, subject),
          cursor === undefined ? undefined : lt(audit.id, cursor),
        ),
      )
      .orderBy(desc(audit.id))
      .limit(limit + 1);
    const entries = rows.slice(0, limit);
    const nextCursor = rows.length > limit ? String(entries.at(-1)?.id) : null;
    return context.json({ entries, nextCursor }, 200, { "Cache-Control": "no-store" });
  });
}
