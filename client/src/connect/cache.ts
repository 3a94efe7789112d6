import { pinKeys, type PinStore, type Trust } from "./trust.ts";

/**
 * Where pulled weights are kept. Keys are SHA-256 digests in hexadecimal; what comes out is checked again at each
 * load, so that a cache need not be trusted. `@lectern/client/node` has one in a folder.
 */
export interface ArtifactCache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Whose manifests are taken: the caches here pin keys on first use, a cache of your own does with {@link pinKeys}. */
  trust?: Trust;
}

/**
 * Keeps weights, and the pins of keys, as long as the page or process lives.
 *
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { cache: memoryCache() });
 * ```
 */
export function memoryCache(): ArtifactCache {
  const entries = new Map<string, Uint8Array>();
  return {
    get: async (key) => entries.get(key)?.slice(),
    put: async (key, bytes) => void entries.set(key, bytes.slice()),
    trust: pinKeys(memoryPins()),
  };
}

function memoryPins(): PinStore {
  const pins = new Map<string, string>();
  return { get: async (name) => pins.get(name), put: async (name, text) => void pins.set(name, text) };
}
