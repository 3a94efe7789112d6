import { sha256Hex } from "@lectern/shared/artifact";
import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

/** Of every limit in wrangler.toml (a test compares): the platform has periods of 10 and 60 s. */
export const periodSeconds = 60;

/**
 * Counts the requests that reach the routes, by address and by token. What is answered from this isolate's memory costs
 * nothing worth counting. The platform counts in each data centre, approximately, and without waiting for it.
 *
 * @throws ProblemError `rate-limited`
 */
export const limitRates: MiddlewareHandler<Environment> = async (context, next) => {
  const { raw, path } = context.req;
  if (raw.method === "OPTIONS" || path === "/healthz") return next();
  const { ADDRESS_LIMIT, TOKEN_LIMIT, EMIT_LIMIT } = context.env;
  if (!(await withinLimit(ADDRESS_LIMIT, raw))) throw tooMany("this address");
  if (path.endsWith("/emit") && !(await withinLimit(EMIT_LIMIT, raw))) {
    throw tooMany("this address, for emissions");
  }
  const authorization = raw.headers.get("Authorization");
  if (authorization !== null && TOKEN_LIMIT !== undefined) {
    // Before the token is looked up, so that looking it up is limited, too.
    const key = await sha256Hex(new TextEncoder().encode(authorization));
    if (!(await ask(TOKEN_LIMIT, key))) throw tooMany("this token");
  }
  return next();
};

/** By address; true where there is no limit, or no address: on Cloudflare there always is one. */
export async function withinLimit(limit: RateLimit | undefined, request: Request): Promise<boolean> {
  const address = request.headers.get("CF-Connecting-IP");
  return limit === undefined || address === null || ask(limit, networkOf(address));
}

/**
 * An IPv4 address itself; of an IPv6 address its first 64 bits, as one subscriber has all the rest.
 *
 * @example
 * ```ts
 * networkOf("2001:db8::1"); // "2001:db8:0:0"
 * ```
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const first = head.split(":").filter((group) => group !== "");
  const last = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array.from({ length: zeros }, () => "0"), ...last]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

/** A limiter that fails lets pass: it protects the API, and isn't worth its absence. */
async function ask(limit: RateLimit, key: string): Promise<boolean> {
  try {
    return (await limit.limit({ key })).success;
  } catch {
    return true;
  }
}

function tooMany(whose: string): ProblemError {
  return new ProblemError(
    "rate-limited",
    `There were too many requests of ${whose} within ${periodSeconds} seconds.`,
    `Wait for ${periodSeconds} seconds, and ask less often.`,
    { "Retry-After": String(periodSeconds) },
  );
}
