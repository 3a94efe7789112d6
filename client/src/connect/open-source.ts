import type { ArtifactCache } from "./cache.ts";
import type { Source } from "./pull-artifact.ts";
import type { Trust } from "./trust.ts";
import { openTransport, type TransportOptions } from "./transport.ts";
import type { TrustOptions } from "./verify-artifact.ts";

export interface ConnectOptions extends TransportOptions, TrustOptions {
  /** Keeps weights, and pins of the publishers' keys, between pulls; none by default. */
  cache?: ArtifactCache;
  /** Whose manifests are taken: `pinKeys` of `@lectern/client/connect`, or your own. By default the cache's way. */
  trust?: Trust;
  /** Larger weights are refused unread. Bytes. */
  maxWeightsBytes?: number;
}

/**
 * @param url of the API
 * @throws LecternError `invalid-argument`
 */
export function openSource(url: string, options: ConnectOptions = {}): Source {
  return { maxWeightsBytes: 256_000_000, ...options, transport: openTransport(url, options) };
}
