import { bodyLimit } from "hono/body-limit";
import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

/**
 * Refuses a longer body: by its Content-Length before a byte is read, or while it is read where there is none; and one
 * that breaks off, which isn't the API's failure.
 */
export function limitBody(maxBytes: number, what: string): MiddlewareHandler<Environment> {
  const limited = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ProblemError(
        "body-too-large",
        `The body is longer than the ${maxBytes} bytes that ${what} may have.`,
        "Publish a smaller teacher, for example with fewer keys.",
      );
    },
  });
  return async (context, next) => {
    let isRead = false;
    try {
      return await limited(context, async () => {
        // Hono keeps it for whatever reads it next.
        await context.req.arrayBuffer();
        isRead = true;
        await next();
      });
    } catch (error) {
      if (isRead || error instanceof ProblemError) throw error;
      throw new ProblemError(
        "invalid-request",
        "The body broke off before its end, or isn't framed as HTTP has it.",
        "Send the request again.",
      );
    }
  };
}

/** Refuses a body that doesn't say it is of this media type, before it is read. */
export function requireMediaType(expected: string): MiddlewareHandler<Environment> {
  return async (context, next) => {
    const given = context.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
    const encoding = context.req.header("Content-Encoding") ?? "identity";
    if (given !== expected || encoding !== "identity") {
      const found =
        given === expected ? `Content-Encoding ${encoding}` : `Content-Type ${given ?? "missing"}`;
      throw new ProblemError(
        "unsupported-media-type",
        `The body has ${found}, expected ${expected} without an encoding.`,
        `Send the body with Content-Type: ${expected}.`,
      );
    }
    await next();
  };
}

/** Of the routes that take a few fields: JSON, checked for its size before it is read. */
export const smallJson = [requireMediaType("application/json"), limitBody(16_384, "this request")] as const;
