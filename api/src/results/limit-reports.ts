import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { networkOf, periodSeconds } from "../limits/rate-limit.ts";
import { ProblemError } from "../problems/problem-error.ts";

/**
 * Bounds how many reports about a teacher an address may send: whoever plays many installations takes long, and one
 * teacher's flood is no other's. A user's own machine reports once for each lesson.
 *
 * @throws ProblemError `rate-limited`
 */
export const limitReports: MiddlewareHandler<Environment> = async (context, next) => {
  const limit = context.env.REPORT_LIMIT;
  const address = context.req.header("CF-Connecting-IP");
  const name = context.req.param("name");
  if (limit !== undefined && address !== undefined && name !== undefined) {
    // A limiter that fails lets pass: it isn't worth its absence.
    const { success } = await limit
      .limit({ key: `${networkOf(address)} ${name}` })
      .catch(() => ({ success: true }));
    if (!success) {
      throw new ProblemError(
        "rate-limited",
        `There were too many reports about ${name.slice(0, 100)} from this address within ${periodSeconds} seconds.`,
        `Wait for ${periodSeconds} seconds, and send it again.`,
        { "Retry-After": String(periodSeconds) },
      );
    }
  }
  return next();
};
