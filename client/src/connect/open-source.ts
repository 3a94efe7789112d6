import type { ArtifactCache } from "./cache.ts";
import type { Source } from "./pull.ts";
import { openTransport, type TransportOptions } from "./transport.ts";
import type { TrustOptions } from "./verify.ts";

export interface ConnectOptions extends TransportOptions, TrustOptions {
  /** Keeps weights between pulls; none by default. */
  cache?: ArtifactCache;
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
