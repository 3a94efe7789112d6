import { LecternError } from "@lectern/shared/errors";
import { Passing } from "./passing.ts";
import { refusalOf } from "./refusal.ts";
import type { Transport } from "./transport.ts";

/** A server that asks for more patience than this is believed, and not asked again. */
const longestRetryAfterMs = 20_000;

/** What to send; made anew for each attempt where a body can be read only once. */
export type Init = (alive: () => void) => RequestInit;
/** Makes the result of an accepted answer; calls `alive` at each piece, which starts the timeout anew. */
export type Read<Result> = (response: Response, alive: () => void) => Promise<Result>;

/**
 * Makes a request until it succeeds or fails for good: network errors, 5xx, 429 and whatever `read` throws as
 * {@link Passing} are tried again, at most `retries` times, after a back-off of 250 ms · 2ⁿ (at most 8 s) with half of it
 * jitter, or what `Retry-After` asks for. 4xx and timeouts are not. So the whole takes at most
 * (retries + 1) · timeoutMs + retries · 20 s, unless a download keeps progressing.
 *
 * @throws LecternError `unreachable`, `timeout`, `aborted`, or what the answer means
 */
export async function request<Result>(
  transport: Transport,
  path: string,
  read: Read<Result>,
  init?: Init,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await tryOnce(transport, path, read, init);
    } catch (error) {
      if (!(error instanceof Passing) || attempt >= transport.retries || error.afterMs > longestRetryAfterMs)
        throw error;
      const backOffMs = Math.min(8000, 250 * 2 ** attempt) * (0.5 + transport.random() / 2);
      await transport.wait(Math.max(backOffMs, error.afterMs), transport.signal);
    }
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
    signal.throwIfAborted();
    const response = await fetch(url + path, {
      ...init?.(alive),
      signal: AbortSignal.any([signal, controller.signal]),
    }).catch((cause: unknown) => {
      throw new Passing(
        "unreachable",
        `The API at ${url} can't be reached${reasonOf(cause)}.`,
        "Check the address, or start it with `lectern dev`.",
        cause,
      );
    });
    if (!response.ok) throw await refusalOf(response, url);
    return await read(response, alive);
  } catch (cause) {
    // What looks like a broken connection may be of our own doing.
    if (signal.aborted)
      throw new LecternError("aborted", `The request to ${url} was aborted.`, "Ask again.", {
        cause,
      });
    if (late)
      throw new LecternError(
        "timeout",
        `The API at ${url} didn't answer within ${timeoutMs / 1000} s.`,
        "Try again, or pass a larger timeoutMs.",
      );
    throw cause;
  } finally {
    clearTimeout(timer);
    // Lets the connection go where the body wasn't read to its end.
    controller.abort();
  }
}

/** Node says "fetch failed" and puts ECONNREFUSED one level down; browsers tell nothing. */
function reasonOf(error: unknown): string {
  const { code } = ((error as Error | undefined)?.cause ?? {}) as { code?: unknown };
  return code ? ` (${String(code)})` : "";
}
