import { LecternError } from "@lectern/shared/errors";

/** How requests are made. All have defaults, see {@link openTransport}. */
export interface TransportOptions {
  /** Instead of the platform's: for proxies and tests. */
  fetch?: typeof globalThis.fetch;
  /** How long to wait for the answer to begin, and then for each further piece of a download. Milliseconds. */
  timeoutMs?: number;
  /** How often a request is made again after a network error, 5xx, 429 or half a body. 0 to 10. */
  retries?: number;
  /** Abandons whatever is under way. */
  signal?: AbortSignal;
  /** Sleeps between retries, cut short when `signal` aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Jitter of the back-off, uniform in [0, 1). */
  random?: () => number;
}

/** An API's address with everything that a request needs. */
export interface Transport {
  /** Without a slash at the end. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** @throws LecternError `invalid-argument` for an address, timeout or number of retries that can't be */
export function openTransport(
  url: string,
  {
    fetch = (input, init) => globalThis.fetch(input, init),
    timeoutMs = 10_000,
    retries = 3,
    signal = new AbortController().signal,
    wait = sleep,
    random = Math.random,
  }: TransportOptions = {},
): Transport {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (!base || !/^https?:$/.test(base.protocol) || base.username || base.search || base.hash)
    throw misuse(
      `The API's address is ${JSON.stringify(url)}, expected http:// or https:// without user, query or hash`,
    );
  // A longer timer than 2^31 − 1 ms fires at once.
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw misuse(`timeoutMs is ${timeoutMs}, expected above 0 and below 2^31`);
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= 10))
    throw misuse(`retries is ${retries}, expected an integer from 0 to 10`);
  return { url: base.href.replace(/\/+$/, ""), fetch, timeoutMs, retries, signal, wait, random };
}

const misuse = (problem: string): LecternError =>
  new LecternError("invalid-argument", `${problem}.`, "Correct it.");

/** Ends early when `signal` aborts; it is the caller who then looks at the signal. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, signal.aborted ? 0 : ms);
    signal.addEventListener("abort", finish);
  });
}
