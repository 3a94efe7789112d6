import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";

/** Gives each request an id of our own making, which its answer, its log line and its audit row share. */
export const assignRequestId: MiddlewareHandler<Environment> = async (context, next) => {
  context.set("requestId", crypto.randomUUID());
  await next();
  context.header("X-Content-Type-Options", "nosniff");
  context.header("X-Request-Id", context.var.requestId);
};
