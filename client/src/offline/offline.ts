import type { ConnectOptions } from "../connect/open-source.ts";
import { pinKeys } from "../connect/trust.ts";
import type { OfflineStorage } from "./browser-storage.ts";
import { revalidatingFetch, type RevalidatingFetch, type RevalidatingOptions } from "./revalidating-fetch.ts";

export interface OfflineOptions extends Omit<RevalidatingOptions, "store"> {
  /** See `pinKeys`. */
  readonly acceptOlder?: boolean | undefined;
}

export interface OfflineConnection extends Required<Pick<ConnectOptions, "cache" | "fetch" | "trust">> {
  settled: RevalidatingFetch["settled"];
}

/**
 * Options for `connect` with which a teacher that was pulled once needs no network again: weights come from the cache,
 * what a range led to from the store (see {@link RevalidatingOptions} for how long), and publishers' keys are pinned.
 * Signature and digest are checked at each load. What a check refuses is forgotten, so that the next pull asks anew.
 *
 * @param storage `browserStorage()`; in Node `{ cache: folderCache(folder), store: folderPins(folder) }`
 * @example
 * ```ts
 * const options = offline(browserStorage(), { maxAge: 3600 });
 * const teacher = await connect("https://teachers.example", options).teacher("glyphs@^1.0");
 * ```
 */
export function offline(
  { cache, store }: OfflineStorage,
  { acceptOlder = false, ...options }: OfflineOptions = {},
): OfflineConnection {
  const { fetch, forget, settled } = revalidatingFetch({ ...options, store });
  const pinned = pinKeys(store, { acceptOlder });
  return {
    cache,
    fetch,
    settled,
    async trust(pulled) {
      try {
        await pinned(pulled);
      } catch (error) {
        const { name, spec } = pulled.asked;
        await forget(
          `${pulled.transport.url}/v1/teachers/${name}/versions/${encodeURIComponent(spec)}`,
        ).catch(() => undefined);
        throw error;
      }
    },
  };
}
