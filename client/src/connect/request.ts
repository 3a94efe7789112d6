import { LecternError } from "@lectern/shared/errors";
import { Passing } from "./passing.ts";
import { refusalOf, retryAfterMs } from "./refusal.ts";
import type { Transport } from "./transport.ts";

/** A server that asks for more patience than this is believed, and not asked again. */
const longestRetryAfterMs = 20_000;

/** What to send; made anew for each attempt where a body can be read only once. */
export type Init = RequestInit | ((alive: () => void) => RequestInit);
/** Makes the result of an accepted answer; calls `alive` at each piece, which starts the timeout anew. */
export type Read<Result> = (response: Response, alive: () => void) => Promise<Result | Passing>;

/**
 * Makes a request until it succeeds or fails for good: network errors, 5xx, 429 and whatever `read` gives as
 * {@link Passing} are tried again, at most `retries` times, after a back-off of 250 ms · 2ⁿ (at most 8 s) with half of it
 * jitter, or what `Retry-After` asks for. 4xx and timeouts are not. So the whole takes at most
 * (retries + 1) · timeoutMs + retries · 20 s, unless a download keeps progressing.
 *
 * @throws LecternError `unreachable`, `timeout`, `aborted`, or what the answer means
 */
export async function request<Result>(
  transport: Transport,
  path: string,
  init: Init,
  read: Read<Result>,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    const result = await tryOnce(transport, path, init, read);
    if (!(result instanceof Passing)) return result;
    if (attempt >= transport.retries || result.afterMs > longestRetryAfterMs) throw result.error;
    const backOffMs = Math.min(8000, 250 * 2 ** attempt) * (0.5 + transport.random() / 2);
    await transport.wait(Math.max(backOffMs, result.afterMs), transport.signal);
  }
}

async function tryOnce<Result>(
  { url, fetch, timeoutMs, signal }: Transport,
  path: string,
  init: Init,
  read: Read<Result>,
): Promise<Result | Passing> {
  if (signal?.aborted) throw aborted(url, signal);
  const controller = new AbortController();
  const abandon = () => controller.abort();
  signal?.addEventListener("abort", abandon);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late = false;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      late = true;
      abandon();
    }, timeoutMs);
  };
  alive();
  try {
    const sent = typeof init === "function" ? init(alive) : init;
    const response = await fetch(url + path, { ...sent, signal: controller.signal }).catch((cause: unknown) =>
      unreachable(url, cause),
    );
    const result =
      response instanceof Passing
        ? response
        : await (response.ok ? read(response, alive) : refuse(response, url));
    if (!(result instanceof Passing)) return result;
    // What looks like a broken connection may be of our own doing.
    if (signal?.aborted) throw aborted(url, signal);
    if (late) throw tooSlow(url, timeoutMs, response instanceof Passing);
    return result;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abandon);
    // Lets the connection go where the body wasn't read to its end.
    abandon();
  }
}

async function refuse(response: Response, url: string): Promise<Passing> {
  const refusal = await refusalOf(response, url);
  const passes = response.status >= 500 || response.status === 429;
  if (passes) return new Passing(refusal, retryAfterMs(response.headers.get("retry-after")));
  throw refusal;
}

function aborted(url: string, signal: AbortSignal): LecternError {
  return new LecternError(
    "aborted",
    `The request to ${url} was aborted.`,
    "Ask again if that was a mistake.",
    {
      cause: signal.reason,
    },
  );
}

function tooSlow(url: string, timeoutMs: number, silent: boolean): LecternError {
  return new LecternError(
    "timeout",
    `The API at ${url} ${silent ? "gave no answer" : "didn't finish its answer"} within ${timeoutMs / 1000} s.`,
    "Try again later, or pass a larger timeoutMs.",
  );
}

function unreachable(url: string, cause: unknown): Passing {
  return new Passing(
    new LecternError(
      "unreachable",
      `The API at ${url} can't be reached${reasonOf(cause)}.`,
      "Check the address and the network, or start the API with `lectern dev`.",
      { cause },
    ),
  );
}

/** Node says "fetch failed" and puts ECONNREFUSED one level down; browsers tell nothing. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? ` (${code})` : "";
}
