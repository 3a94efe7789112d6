import { LecternError } from "@lectern/shared/errors";
import type { ArtifactCache } from "../connect/cache.ts";
import type { PinStore } from "../connect/trust.ts";

/** Where an offline connection keeps what it verified. */
export interface OfflineStorage {
  /** Weights by digest. */
  readonly cache: ArtifactCache;
  /** Pins of keys, and what ranges led to. */
  readonly store: PinStore;
}

export interface BrowserStorageOptions {
  /** Of the cache: two of different names know nothing of each other. */
  readonly name?: string | undefined;
  /** Instead of the platform's. */
  readonly caches?: CacheStorage | undefined;
  /** Something couldn't be kept: no room, or none allowed. The pull goes on, and fetches it again next time. */
  onNotKept?(error: LecternError): void;
}

/**
 * The browser's Cache API, in pages and in workers: weights and texts survive reloads, and are there without a network.
 * What it refuses to keep is told to `onNotKept`, or reported as the page reports errors that nobody caught; what it loses is fetched again.
 *
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", offline(browserStorage()));
 * ```
 */
export function browserStorage({
  name = "lectern",
  caches = globalThis.caches,
  // A page whose storage is full works on; whoever develops it should hear of it.
  onNotKept = (error) => globalThis.reportError?.(error),
}: BrowserStorageOptions = {}): OfflineStorage {
  const address = (key: string) => `https://lectern.invalid/${encodeURIComponent(key)}`;
  const read = async (key: string): Promise<Response | undefined> => {
    try {
      return await (await caches.open(name)).match(address(key));
    } catch {
      // Some private windows have a Cache API that refuses everything: as if nothing were kept.
      return undefined;
    }
  };
  const write = async (key: string, body: BodyInit): Promise<void> => {
    try {
      await (await caches.open(name)).put(address(key), new Response(body));
    } catch (cause) {
      const full = (cause as Partial<DOMException>)?.name === "QuotaExceededError";
      onNotKept(
        new LecternError(
          "io",
          `The browser ${full ? "has no room to keep" : "doesn't keep"} ${key}.`,
          full
            ? "Free some of this site's storage; until then it is fetched each time."
            : "It is fetched each time.",
          { cause },
        ),
      );
    }
  };
  return {
    cache: {
      get: async (key) => {
        const found = await read(`weights/${key}`);
        return found && new Uint8Array(await found.arrayBuffer());
      },
      put: (key, bytes) => write(`weights/${key}`, bytes as Uint8Array<ArrayBuffer>),
    },
    store: {
      get: async (key) => (await read(`texts/${key}`))?.text(),
      put: (key, text) => write(`texts/${key}`, text),
    },
  };
}
