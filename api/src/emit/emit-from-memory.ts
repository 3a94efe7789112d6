import type { Location } from "../cache/location.ts";
import type { Bindings } from "../environment.ts";
import { everyAnswer } from "../http/every-answer.ts";
import { withinLimit } from "../limits/rate-limit.ts";
import { writeMetric } from "../operations/metrics.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { answerEmission } from "./answer.ts";
import type { Emitter } from "./emitter.ts";
import { readPlain } from "./read-plain.ts";
import { emissionHeaders } from "./route.ts";

/** A batch of 64 states of a hundred features fits. */
const maxTextBytes = 128 * 1024;
const suffix = "/emit";
/** Made once: a Headers object is copied faster than a record is read. */
const complete = new Headers({ ...emissionHeaders, ...everyAnswer });

/**
 * Emission by an exact version that this isolate has parsed already, without Hono and zod, which take longer than μ_θ.
 * What isn't plainly right goes to the routes, which say what is wrong with it.
 *
 * @returns undefined, or what the routes are to be asked with (the body having been read), where it takes them
 */
export async function emitFromMemory(
  location: Location,
  request: Request,
  bindings: Bindings,
): Promise<Response | Request> {
  const { url, headers } = request;
  const path = url.slice(url.indexOf("/", 8), -suffix.length);
  const now = location.now();
  const tag = location.memory.get(path, now)?.headers.ETag;
  const emitter = tag === undefined ? undefined : location.emitters.get(tag, now);
  if (emitter === undefined || headers.get("Content-Type") !== "application/json") return request;
  if (Number(headers.get("Content-Length") ?? Number.POSITIVE_INFINITY) > maxTextBytes) return request;
  if (headers.has("Content-Encoding") || !(await withinLimit(bindings.EMIT_LIMIT, request))) return request;
  // One that breaks off is none: the routes say so.
  const text = await request.text().catch(() => "");
  const json = answerPlain(emitter, text);
  if (json === undefined) return new Request(url, { method: "POST", headers, body: text });
  const route = "/v1/teachers/:name/versions/:version/emit";
  writeMetric(bindings.METRICS, { route, method: "POST", status: 200, ms: 0, bytes: json.length });
  const answer = new Response(json, { headers: complete });
  answer.headers.set("X-Request-Id", crypto.randomUUID());
  return answer;
}

export function isEmission({ method, url }: Request): boolean {
  return method === "POST" && url.endsWith(suffix);
}

function answerPlain(emitter: Emitter, text: string): string | undefined {
  try {
    const asked = readPlain(JSON.parse(text));
    return asked && JSON.stringify(answerEmission(emitter, asked.states, asked.dtype));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ProblemError) return undefined;
    throw error;
  }
}
