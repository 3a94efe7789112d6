/**
 * Where pulled weights are kept. Keys are SHA-256 digests in hexadecimal; what comes out is checked again at each
 * load, so that a cache need not be trusted. `@lectern/client/node` has one in a folder.
 */
export interface ArtifactCache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Keeps weights as long as the page or process lives.
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
  };
}
