import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Environment } from "../environment.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { weightsKey } from "../weights/store.ts";

const healthy = z.object({ status: z.literal("ok") });
const ok = { description: "Yes", content: { "application/json": { schema: healthy } } };
const health = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Does the Worker run?",
  responses: { 200: ok },
});
const ready = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Do its database (migrated) and its bucket answer?",
  responses: { 200: ok, ...problemResponses(503) },
});

export function addHealth(app: OpenAPIHono<Environment>): void {
  app.openapi(health, (context) =>
    context.json({ status: "ok" as const }, 200, { "Cache-Control": "no-store" }),
  );
  app.openapi(ready, async (context) => {
    try {
      await context.env.DB.prepare("SELECT 1 FROM releases LIMIT 1").first();
      await context.env.WEIGHTS.head(weightsKey("ready"));
    } catch {
      throw new ProblemError(
        "not-ready",
        "The database or the bucket does not answer.",
        "Try again in a moment; an operator should check the bindings and that the migrations are applied.",
      );
    }
    return context.json({ status: "ok" as const }, 200, { "Cache-Control": "no-store" });
  });
}
