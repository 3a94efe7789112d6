/** What this isolate keeps between requests: what is used stays longest, bounded by bytes, each thing for a while. */
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
  /** Since it was last considered for going. */
  isUsed: boolean;
}

/**
 * A Worker has 128 MB for everything: a memory that counts its bytes can't be filled up by asking for many things. The
 * oldest goes first, unless it was used since it last came up ("second chance"): a look costs one flag, where moving an
 * entry to the end of a Map for each look (least recently used) takes longer than the look.
 *
 * @example
 * ```ts
 * const memory = createMemory<string>(10);
 * memory.set("a", "text", 4, Date.now() + 60_000);
 * memory.get("a", Date.now()); // "text"
 * ```
 */
export function createMemory<Value>(maxBytes: number): Memory<Value> {
  // A Map keeps the order of insertion.
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
      entry.isUsed = true;
      return entry.value;
    },
    set(key, value, bytes, until) {
      forget(key);
      // What would push everything else out isn't kept.
      if (bytes > maxBytes / 4) return;
      entries.set(key, { value, bytes, until, isUsed: false });
      total += bytes;
      // Those passed over come again at the end of this very loop, without their flag.
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break;
        if (entry.isUsed || oldest === key) {
          entry.isUsed = false;
          entries.delete(oldest);
          entries.set(oldest, entry);
        } else forget(oldest);
      }
    },
    delete: forget,
    get bytes() {
      return total;
    },
  };
}
