import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type ResultSummary, resultSummary, teacherName } from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { minute } from "../http/cache-control.ts";
import { answerPage } from "../http/html-page.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { resultsPage } from "./page.ts";
import { isPublicTeacher, readReports } from "./store.ts";
import { summarise } from "./summarise.ts";

const params = z.object({ name: teacherName });
const route = createRoute({
  method: "get",
  path: "/v1/teachers/{name}/results",
  summary: "How a teacher does in the wild",
  description:
    "From users' reports: medians with 95 % intervals and trimmed means of the change in test error, which a fifth of " +
    "lying reporters can move by no more than the honest ones differ. May be 60 s stale.",
  request: { params },
  responses: {
    200: { description: "The figures", content: { "application/json": { schema: resultSummary } } },
    ...problemResponses(400, 404),
  },
});

const page = createRoute({
  method: "get",
  path: "/teachers/{name}/results",
  summary: "The same as a page",
  request: { params },
  responses: {
    200: { description: "The page", content: { "text/html": { schema: z.string() } } },
    ...problemResponses(400, 404),
  },
});

export function addResults(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const summary = await readSummary(context.env.DB, context.req.valid("param").name);
    return context.json(summary, 200, { "Cache-Control": minute });
  });
  app.openapi(page, async (context) => {
    const summary = await readSummary(context.env.DB, context.req.valid("param").name);
    return answerPage(context, resultsPage(summary), minute);
  });
}

async function readSummary(database: D1Database, name: string): Promise<ResultSummary> {
  const rows = await readReports(database, name);
  if (!(await isPublicTeacher(database, name))) {
    throw new ProblemError(
      "unknown-teacher",
      `There is no public teacher named ${name}.`,
      "See GET /v1/teachers.",
    );
  }
  return summarise(name, rows);
}
