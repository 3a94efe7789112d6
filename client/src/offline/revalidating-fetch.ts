import { verifySignedManifest } from "@lectern/shared/artifact";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";
import { satisfies } from "../connect/satisfies.ts";
import type { PinStore } from "../connect/trust.ts";

/** How long what a range or tag led to may be used again, in the terms of HTTP caching (RFC 9111, RFC 5861). Seconds. */
export interface Freshness {
  /** So long it is used without asking. Default 300. */
  readonly maxAge?: number | undefined;
  /** So much longer it is used at once, and asked anew in the background. Default 86,400. */
  readonly staleWhileRevalidate?: number | undefined;
  /** So much longer it is used where the API can't be reached, or is broken. Default: for ever. */
  readonly staleIfError?: number | undefined;
}

export interface RevalidatingOptions extends Freshness {
  /** Where answers are kept. */
  readonly store: PinStore;
  /** Instead of the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** After an answer was asked anew in the background, or couldn't be. */
  onRevalidated?(outcome: {
    readonly path: string;
    readonly changed: boolean;
    readonly error?: unknown;
  }): void;
}

export interface RevalidatingFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Forgets what a teacher's specification led to: it is asked anew. */
  forget(url: string): Promise<void>;
  /** Resolves when no answer is being asked in the background any more. */
  settled(): Promise<void>;
}

interface Kept {
  readonly url: string;
  /** When it was asked. Milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
}

/** `…/v1/teachers/glyphs/versions/^1.2`: what may lead elsewhere later. Weights are kept by their digest. */
const resolution = /\/v1\/teachers\/([^/?]+)\/versions\/([^/?]+)$/;
const isExact = /\/versions\/\d+\.\d+\.\d+(-[\w.-]+)?$/;

/**
 * A `fetch` that answers questions for a teacher's version from what was verified before: at once while it is fresh, at
 * once and asked anew in the background while it is stale, and in place of an API that can't be reached. A version that
 * was asked for exactly never changes, and stays fresh. Only envelopes whose signature is right, and that are what was
 * asked for, are kept; whoever gets one checks it again, as if it had just come.
 */
export function revalidatingFetch(options: RevalidatingOptions): RevalidatingFetch {
  const { store, maxAge = 300, staleWhileRevalidate = 86_400, staleIfError = Infinity } = options;
  const ask = options.fetch ?? globalThis.fetch;
  const background = new Map<string, Promise<void>>();

  async function read(url: string): Promise<Kept | undefined> {
    try {
      const kept = JSON.parse((await store.get(nameOf(url))) ?? "null") as Kept | null;
      return kept?.url === url && Number.isFinite(kept.at) && (await isRight(url, kept.body))
        ? kept
        : undefined;
    } catch {
      // Half a file, or a store that refuses: as if there were nothing.
      return undefined;
    }
  }

  async function askAndKeep(url: string, init?: RequestInit): Promise<Response> {
    const response = await ask(url, init);
    if (!response.ok) return response;
    const body = await response.clone().text();
    if (await isRight(url, body))
      // A store without room: the pull goes on, and is asked again next time.
      await store
        .put(nameOf(url), JSON.stringify({ url, at: Date.now(), body } satisfies Kept))
        .catch(() => undefined);
    return response;
  }

  function revalidate(url: string, before: string): void {
    if (background.has(url)) return;
    const tell = (outcome: { changed: boolean; error?: unknown }) =>
      options.onRevalidated?.({ path: new URL(url).pathname, ...outcome });
    const work = askAndKeep(url)
      .then(async (response) =>
        response.ok
          ? { changed: (await response.text()) !== before }
          : { changed: false, error: new Error(`The API answered ${response.status}.`) },
      )
      .catch((error: unknown) => ({ changed: false, error }))
      .finally(() => background.delete(url))
      .then(tell);
    background.set(url, work);
  }

  return {
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      const isGet = (init?.method ?? (input instanceof Request ? input.method : "GET")) === "GET";
      if (!isGet || !resolution.test(url)) return ask(input, init);
      const kept = await read(url);
      if (!kept) return askAndKeep(url, init);
      const age = isExact.test(url) ? 0 : Math.max(0, Date.now() - kept.at) / 1000;
      const answer = () =>
        new Response(kept.body, {
          headers: { "content-type": "application/json", age: String(Math.floor(age)) },
        });
      if (age <= maxAge) return answer();
      if (age <= maxAge + staleWhileRevalidate) {
        revalidate(url, kept.body);
        return answer();
      }
      const usable = age <= maxAge + staleIfError;
      try {
        const response = await askAndKeep(url, init);
        return usable && response.status >= 500 ? answer() : response;
      } catch (error) {
        if (!usable || init?.signal?.aborted) throw error;
        return answer();
      }
    },
    forget: (url) => store.put(nameOf(url), "null"),
    async settled() {
      await Promise.all(background.values());
    },
  };
}

/** Good for a file's name, too. */
const nameOf = (url: string): string =>
  `${url.replace(/^https?:\/\//i, "")}+answer`
    .replaceAll(/[^\w.+-]/g, "_")
    .slice(-200)
    .replace(/^\W+/, "");

/** True for an envelope whose signature is right, of the teacher that the address names, and in its range. */
async function isRight(url: string, body: string): Promise<boolean> {
  try {
    const signed = JSON.parse(body) as SignedManifest;
    await verifySignedManifest(signed);
    const { name, version } = JSON.parse(signed.manifest) as Manifest;
    const [, asked, spec] = resolution.exec(url)!;
    return name === asked && satisfies(version, decodeURIComponent(spec!)) !== false;
  } catch {
    return false;
  }
}
