/** What this isolate keeps between requests: least recently used out first, bounded by bytes, each thing for a while. */
export interface Memory<Value> {
  /** Undefined where there is nothing, or it has become too old. */
  get(key: string, now: number): Value | undefined;
  /** @param until milliseconds, as `Date.now()` counts them */
  set(key: string, value: Value, bytes: number, until: number): void;
  delete(key: string): void;
  readonly bytes: number;
}

interface Entry<Value> {
  value: Value;
  bytes: number;
  until: number;
}

/**
 * A Worker has 128 MB for everything: a memory that counts its bytes can't be filled up by asking for many things.
 *
 * @example
 * ```ts
 * const memory = createMemory<string>(10);
 * memory.set("a", "text", 4, Date.now() + 60_000);
 * memory.get("a", Date.now()); // "text"
 * ```
 */
export function createMemory<Value>(maxBytes: number): Memory<Value> {
  // A Map keeps the order of insertion: the first is the least recently used.
  const entries = new Map<string, Entry<Value>>();
  let total = 0;
  const forget = (key: string) => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.until <= now) {
        forget(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes, until) {
      forget(key);
      // What would push everything else out isn't kept.
      if (bytes > maxBytes / 4) return;
      entries.set(key, { value, bytes, until });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break;
        forget(oldest);
      }
    },
    delete: forget,
    get bytes() {
      return total;
    },
  };
}
