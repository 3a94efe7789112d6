import { demand, LecternError } from "@lectern/shared/errors";
import { readJson } from "./read-bytes.ts";
import type { Transport } from "./transport.ts";

/** What to send; made anew for each attempt where a body can be read only once. */
export type Init = (alive: () => void) => RequestInit;
/** Makes the result of an accepted answer; calls `alive` at each piece, which starts the timeout anew. */
export type Read<Result> = (response: Response, alive: () => void) => Promise<Result>;

/** A failed attempt; with what was answered, where that was no 2xx. */
export type Failure = LecternError & {
  readonly refusal?: {
    readonly status: number;
    readonly headers: Headers;
    readonly told: unknown;
    /** To word the refusal with. */
    readonly Error: typeof LecternError;
  };
};

/**
 * Makes a request until it succeeds or fails for good: network errors, 5xx, 429 and half a body
 * are tried again, at most `retries` times and not after `retryWithinMs`, after a back-off between 0 and 250 ms · 2ⁿ
 * (full jitter), or what `Retry-After` asks for. 4xx and timeouts are not. So the whole takes at most
 * 2 · timeoutMs + retryWithinMs, unless a download keeps progressing. Where the code for that can't be loaded,
 * as the network is gone, the first failure is the last.
 *
 * @throws LecternError `unreachable`, `timeout`, `aborted`, or what the answer means
 */
export async function request<Result>(
  transport: Transport,
  path: string,
  read: Read<Result>,
  init?: Init,
): Promise<Result> {
  const attempt = () => tryOnce(transport, path, read, init);
  return attempt().catch(async (failure: Failure) => {
    const { recover } = await import("./recover.ts").catch(() => {
      throw failure;
    });
    return recover(failure, attempt, transport);
  });
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
    const { ok, status, headers } = response;
    if (!ok) {
      // The status already says that something is wrong: its explanation is only a help.
      const told = await readJson(response, url).catch(() => undefined);
      const error = new LecternError("bad-response", `The API at ${url} answered ${status}.`);
      throw Object.assign(error, { refusal: { status, headers, told, Error: LecternError } });
    }
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
