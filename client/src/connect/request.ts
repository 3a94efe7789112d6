import { demand } from "@lectern/shared/errors";
import { refusalOf, type Refusal } from "./refusal.ts";
import type { Transport } from "./transport.ts";

/** A server that asks for more patience than this is believed, and not asked again. */
const longestRetryAfterMs = 20_000;

/** What to send; made anew for each attempt where a body can be read only once. */
export type Init = (alive: () => void) => RequestInit;
/** Makes the result of an accepted answer; calls `alive` at each piece, which starts the timeout anew. */
export type Read<Result> = (response: Response, alive: () => void) => Promise<Result>;

/**
 * Makes a request until it succeeds or fails for good: network errors, 5xx, 429 and half a body
 * are tried again, at most `retries` times, after a back-off of 250 ms · 2ⁿ with half of it jitter, or
 * what `Retry-After` asks for. 4xx and timeouts are not. So the whole takes at most
 * (retries + 1) · timeoutMs + the waits, unless a download keeps progressing.
 *
 * @throws LecternError `unreachable`, `timeout`, `aborted`, or what the answer means
 */
export async function request<Result>(
  transport: Transport,
  path: string,
  read: Read<Result>,
  init?: Init,
): Promise<Result> {
  for (let attempt = 0; ; attempt++)
    try {
      return await tryOnce(transport, path, read, init);
    } catch (error) {
      const { code, afterMs = 0 } = error as Partial<Refusal>;
      const passing = code === "unreachable" || code === "bad-response";
      if (!passing || attempt >= transport.retries || afterMs > longestRetryAfterMs) throw error;
      const backOffMs = 250 * 2 ** attempt * (0.5 + Math.random() / 2);
      await transport.wait(Math.max(backOffMs, afterMs), transport.signal);
    }
}

async function tryOnce<Result>(
  { url, fetch, timeoutMs, signal }: Transport,
  path: string,
  read: Read<Result>,
  init?: Init,
): Promise<Result> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late = false;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      late = true;
      controller.abort();
    }, timeoutMs);
  };
  alive();
  try {
    const response = await fetch(url + path, {
      ...init?.(alive),
      signal: AbortSignal.any([signal, controller.signal]),
    }).catch((cause: unknown) => {
      // Node says "fetch failed" and puts ECONNREFUSED one level down; browsers tell nothing.
      const { code } = ((cause as Error).cause ?? {}) as { code?: unknown };
      const reason = code ? ` (${String(code)})` : "";
      demand(false, "unreachable", `The API at ${url} can't be reached${reason}`, undefined, cause);
    });
    if (!response.ok) throw await refusalOf(response, url);
    return await read(response, alive);
  } catch (cause) {
    // What looks like a broken connection may be of our own doing.
    demand(!signal.aborted, "aborted", `The request to ${url} was aborted`, undefined, cause);
    demand(!late, "timeout", `The API at ${url} didn't answer within ${timeoutMs / 1000} s`);
    throw cause;
  } finally {
    clearTimeout(timer);
    // Lets the connection go where the body wasn't read to its end.
    controller.abort();
  }
}
