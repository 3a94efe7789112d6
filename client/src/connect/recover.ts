import type { ErrorCode } from "@lectern/shared/errors";
import type { Failure } from "./request.ts";
import type { Transport } from "./transport.ts";

/** A server that asks for more patience than this is believed, and not asked again. */
const longestRetryAfterMs = 20_000;
const [firstBackOffMs, longestBackOffMs] = [250, 8000];

/** Other 4xx are something that the API couldn't understand: `invalid-argument`. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "unauthorized",
  404: "not-found",
  409: "conflict",
  429: "bad-response",
};

/**
 * What to do once a request has failed: tries again what may pass, until it succeeds or fails for good. This module is
 * loaded then; it takes nothing out of the client's core.
 *
 * @param attempt makes the request once more
 * @throws what `attempt` fails with at last, in the API's own words where it sent problem+json (RFC 9457)
 */
export async function recover<Result>(
  failure: Failure,
  attempt: () => Promise<Result>,
  { url, retries, retryWithinMs = 60_000, signal, wait = sleep }: Transport,
): Promise<Result> {
  const start = performance.now();
  let waitedMs = 0;
  for (let tried = 0; ; tried++) {
    const { afterMs, error } = worded(failure, url);
    const passing = error.code === "unreachable" || error.code === "bad-response";
    // Full jitter (Brooker 2015): clients that failed at once don't come back at once.
    const backOffMs = Math.random() * Math.min(longestBackOffMs, firstBackOffMs * 2 ** tried);
    const waitMs = Math.max(backOffMs, afterMs);
    // Waits count as they were meant, so that a `wait` of the caller's own bounds the whole as well.
    const spentMs = Math.max(performance.now() - start, waitedMs) + waitMs;
    if (!passing || tried >= retries || afterMs > longestRetryAfterMs || spentMs > retryWithinMs) throw error;
    await wait(waitMs, signal);
    waitedMs += waitMs;
    try {
      return await attempt();
    } catch (cause) {
      failure = cause as Failure;
    }
  }
}

/** A refusal with its own code, words and remedy; other failures as they are. */
function worded(error: Failure, url: string): { error: Failure; afterMs: number } {
  const { refusal } = error;
  if (!refusal) return { error, afterMs: 0 };
  const { status, headers, told } = refusal;
  const { detail, title, remedy } = Object(told) as Record<string, unknown>;
  const said = sentence(detail ?? title);
  const { Error } = refusal;
  return {
    error: new Error(
      status < 500 ? (byStatus[status] ?? "invalid-argument") : "bad-response",
      `The API at ${url} answered ${status}${said && ": "}${said || "."}`,
      sentence(remedy) || undefined,
    ),
    afterMs: Number(headers.get("retry-after")) * 1000 || 0,
  };
}

/** One line without control characters, which could steer a terminal; ends with a full stop. */
const sentence = (value: unknown): string =>
  String(value ?? "")
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 400)
    .replace(/[^.!?]$/, "$&.");

/** Ends early when `signal` aborts; it is the caller who then looks at the signal. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
