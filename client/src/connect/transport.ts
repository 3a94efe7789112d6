import { expectWhole } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";

/** How requests are made. All have defaults, see {@link openTransport}. */
export interface TransportOptions {
  /** Instead of the platform's: for proxies and tests. */
  fetch?: typeof globalThis.fetch;
  /** How long to wait for the answer to begin, and then for each further piece of a download. Milliseconds. */
  timeoutMs?: number;
  /** How often a request is made again after a network error, 5xx, 429 or half a body. */
  retries?: number;
  /** No retry begins later than this after the first failure. Milliseconds; 60,000 by default. */
  retryWithinMs?: number;
  /** Abandons whatever is under way. */
  signal?: AbortSignal;
  /** Sleeps between retries, cut short when `signal` aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** An API's address with everything that a request needs. */
export interface Transport {
  /** Without a slash at the end. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly retryWithinMs?: number;
  readonly signal: AbortSignal;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** @throws LecternError `invalid-argument` for an address, timeout or number of retries that can't be */
export function openTransport(url: string, options: TransportOptions = {}): Transport {
  const { fetch } = globalThis;
  const { signal } = new AbortController();
  const transport = { fetch, timeoutMs: 10_000, retries: 3, signal, ...options };
  demand(
    /^https?:\/\/[^\s@?#]+$/i.test(url),
    "invalid-argument",
    `The API's address is ${JSON.stringify(url)}, expected http:// or https://`,
  );
  expectWhole(transport.timeoutMs, 1, "timeoutMs", "invalid-argument");
  expectWhole(transport.retries, 0, "retries", "invalid-argument");
  return { ...transport, url: url.replace(/\/+$/, "") };
}
