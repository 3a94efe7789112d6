import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { everyAnswer } from "./every-answer.ts";

/**
 * Gives each request an id of our own making, which its answer, its log line and its audit row share; and every answer
 * its headers. On the answer itself: `context.header()` would copy the answer once for each.
 */
export const assignRequestId: MiddlewareHandler<Environment> = async (context, next) => {
  const requestId = crypto.randomUUID();
  context.set("requestId", requestId);
  await next();
  const { headers } = context.res;
  for (const [name, value] of Object.entries(everyAnswer)) headers.set(name, value);
  headers.set("X-Request-Id", requestId);
};
