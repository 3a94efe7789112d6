import type { Kept } from "../cache/location.ts";
import { matchesTag } from "./conditional.ts";

/** What of a request decides how an answer that is kept is given. */
export interface Asked {
  method: string;
  ifNoneMatch: string | undefined;
}

/** 200, 304, or the headers alone to HEAD. `extra` are headers of this very request. */
export function answerKept(
  { body, headers }: Kept,
  { method, ifNoneMatch }: Asked,
  extra: Readonly<Record<string, string>> = {},
): Response {
  if (ifNoneMatch !== undefined && matchesTag(ifNoneMatch, headers.ETag ?? "")) {
    const { "Content-Type": _, "Content-Length": __, "Accept-Ranges": ___, ...rest } = headers;
    return new Response(null, { status: 304, headers: { ...rest, ...extra } });
  }
  if (method === "HEAD") {
    const length = { "Content-Length": String(body.byteLength) };
    return new Response(null, { headers: { ...headers, ...length, ...extra } });
  }
  return new Response(body, { headers: { ...headers, ...extra } });
}

/**
 * How old an answer is that may have changed since: a browser counts `max-age` from when the database was read, so that
 * both caches together are no staler than one may be.
 */
export function ageOf(readAt: number, now: number): Record<string, string> {
  return { Age: String(Math.max(0, Math.floor((now - readAt) / 1000))) };
}
