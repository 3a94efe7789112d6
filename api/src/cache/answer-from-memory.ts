import type { Bindings } from "../environment.ts";
import { answerKept } from "../http/answer-kept.ts";
import { everyAnswer } from "../http/every-answer.ts";
import { writeMetric } from "../operations/metrics.ts";
import type { Location } from "./location.ts";

/**
 * Answers what never changes and this isolate has already, without Hono: routing and middleware take four times as long
 * as the rest (docs/performance-api.md). The same answer, byte by byte, as the routes give (a test compares them).
 *
 * @returns undefined where it takes the routes
 */
export function answerFromMemory(
  location: Location,
  request: Request,
  { METRICS, LOG }: Pick<Bindings, "METRICS" | "LOG">,
): Response | undefined {
  const { method, url, headers } = request;
  // A line for each request is the routes' (operations/).
  if ((method !== "GET" && method !== "HEAD") || LOG === "all") return undefined;
  // https://host/path: an address with a query isn't a key.
  const path = url.slice(url.indexOf("/", 8));
  const kept = location.memory.get(path, location.now());
  if (kept === undefined || headers.has("Range")) return undefined;
  const ifNoneMatch = headers.get("If-None-Match") ?? undefined;
  const answer =
    method === "GET" && ifNoneMatch === undefined
      ? new Response(kept.body, { headers: kept.complete })
      : answerKept(kept, { method, ifNoneMatch }, everyAnswer);
  answer.headers.set("X-Request-Id", crypto.randomUUID());
  if (METRICS !== undefined) {
    const { status } = answer;
    const route = path.startsWith("/v1/weights/")
      ? "/v1/weights/:sha256"
      : "/v1/teachers/:name/versions/:version";
    const bytes = status === 200 && method === "GET" ? kept.body.byteLength : 0;
    writeMetric(METRICS, { route, method, status, ms: 0, bytes });
  }
  return answer;
}
