import { everyAnswer } from "../http/every-answer.ts";
import { find, keep, type Kept, type Location } from "./location.ts";

export interface Keeping {
  /** How old it may become in a data centre's cache. */
  seconds: number;
}

/**
 * How long an isolate goes without looking at its data centre's cache, from which removals are purged: no write reaches
 * the memories of the others. What never changes may still be removed on legal demand: then it is gone here after this
 * time, and elsewhere after `aDay`.
 */
const memoryMs = 60_000;

/** For what never changes. */
export const aDay: Keeping = { seconds: 86_400 };
/**
 * For what a write changes: at once where it happens, after a minute elsewhere. Its path must have a generation
 * (generation.ts), by which a write makes the cache and all memories forget it.
 */
export const aMinute: Keeping = { seconds: 60 };

/** Looks in memory, then in the data centre's cache. */
export async function findKept(
  location: Location,
  path: string,
  { seconds }: Keeping,
): Promise<Kept | undefined> {
  const now = location.now();
  const remembered = location.memory.get(path, now);
  if (remembered !== undefined) return remembered;
  const found = await find(location, path);
  const written = found?.headers.get("X-Kept");
  if (found === undefined || written === null || written === undefined) return undefined;
  const { headers, readAt } = JSON.parse(written) as Pick<Kept, "headers" | "readAt">;
  // Said by its own age, not by the cache's: the cache may count from when it was put.
  if (now - readAt >= seconds * 1000) {
    await found.body?.cancel();
    return undefined;
  }
  const kept = { headers, readAt, body: await found.arrayBuffer() };
  remember(location, path, kept, seconds);
  return kept;
}

export async function keepRead(
  location: Location,
  path: string,
  kept: Kept,
  { seconds }: Keeping,
): Promise<void> {
  remember(location, path, kept, seconds);
  const { headers, readAt } = kept;
  await keep(location, path, kept.body, {
    seconds,
    headers: { "X-Kept": JSON.stringify({ headers, readAt }) },
  });
}

/**
 * What an entry, its buffer and its headers take beside key and body, by a heap snapshot; most are workerd's own objects,
 * which V8's own count of its heap leaves out. Bytes.
 */
const besideBody = 2560;

function remember(location: Location, path: string, kept: Kept, seconds: number): void {
  const complete = new Headers({ ...kept.headers, ...everyAnswer });
  const until = Math.min(location.now() + memoryMs, kept.readAt + 1000 * seconds);
  location.memory.set(path, { ...kept, complete }, kept.body.byteLength + path.length + besideBody, until);
}
