import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { describeError, isWorthLogging, writeLog } from "./log-line.ts";
import { writeMetric } from "./metrics.ts";

/**
 * The outermost middleware: one structured line and one data point for each request, whatever became of it. Neither
 * holds headers, bodies or query strings.
 */
export const observe: MiddlewareHandler<Environment> = async (context, next) => {
  const startedAt = Date.now();
  await next();
  const { method } = context.req.raw;
  const { status, headers } = context.res;
  const ms = Date.now() - startedAt;
  const route = patternOf(routePath(context, -1));
  writeMetric(context.env.METRICS, {
    route,
    method,
    status,
    ms,
    bytes: Number(headers.get("Content-Length")) || 0,
  });
  if (!isWorthLogging(context.env.LOG, { method, status, ms })) return;
  const { error } = context;
  const caller = context.get("caller") as Environment["Variables"]["caller"] | undefined;
  writeLog(status >= 500 ? "error" : "info", {
    event: "request",
    requestId: context.var.requestId,
    method,
    route,
    path: context.req.path.slice(0, 300),
    status,
    ms,
    owner: caller?.owner,
    problem: error instanceof ProblemError ? error.kind : undefined,
    error: error === undefined || error instanceof ProblemError ? undefined : describeError(error),
  });
};

function patternOf(path: string): string {
  return path === "*" || path === "/*" ? "none" : path;
}
