import { bodyLimit } from "hono/body-limit";
import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

/** Refuses a longer body: by its Content-Length before a byte is read, or while it is read where there is none. */
export function limitBody(maxBytes: number, what: string): MiddlewareHandler<Environment> {
  return bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ProblemError(
        "body-too-large",
        `The body is longer than the ${maxBytes} bytes that ${what} may have.`,
        "Publish a smaller teacher, for example with fewer keys.",
      );
    },
  });
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
