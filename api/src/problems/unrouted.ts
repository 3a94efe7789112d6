import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext, Environment } from "../environment.ts";
import { answerProblem } from "./answer.ts";
import { ProblemError } from "./problem-error.ts";

/** `app.notFound`: a file of the page, or else 404. */
export async function answerUnknownRoute(context: ApiContext): Promise<Response> {
  const { pathname } = new URL(context.req.url);
  const isRead = context.req.raw.method === "GET" || context.req.raw.method === "HEAD";
  if (isRead && context.env.ASSETS && !pathname.startsWith("/v1/")) {
    const asset = await context.env.ASSETS.fetch(context.req.raw);
    if (asset.status !== 404) return new Response(asset.body, asset);
  }
  return answerProblem(
    context,
    new ProblemError(
      "unknown-route",
      `There is nothing at ${context.req.raw.method} ${pathname}.`,
      "See /openapi.json for the routes.",
    ),
  );
}

/** To be called after all routes: their paths answer 405 to every other method. */
export function addMethodProblems(app: OpenAPIHono<Environment>): void {
  const allowed = Map.groupBy(
    app.routes.filter(({ method, path }) => method !== "ALL" && path !== "*"),
    ({ path }) => path,
  );
  for (const [path, routes] of allowed) {
    const methods = [
      ...new Set(routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]))),
    ];
    const allow = [...methods, "OPTIONS"].join(", ");
    app.all(path, (context) => {
      throw new ProblemError(
        "method-not-allowed",
        `${context.req.path} does not take ${context.req.raw.method}, only ${allow}.`,
        "See /openapi.json for the routes.",
        { Allow: allow },
      );
    });
  }
}
