import { everyAnswer } from "../http/every-answer.ts";
import { find, keep, type Kept, type Location } from "./location.ts";

export interface Keeping {
  /** How old it may become in a data centre's cache. */
  seconds: number;
  /** Only what never changes may be kept in an isolate: no write reaches the others' memories. */
  inMemory: boolean;
}

/**
 * How long an isolate goes without looking at its data centre's cache, from which removals are purged. What never
 * changes may still be removed on legal demand: then it is gone here after this time, and elsewhere after `dayOfCache`.
 */
const memoryMs = 60_000;

/** For what never changes. */
export const aDay: Keeping = { seconds: 86_400, inMemory: true };
/** For what a write changes: at once where it happens, after a minute elsewhere. */
export const aMinute: Keeping = { seconds: 60, inMemory: false };

/** Looks in memory, then in the data centre's cache. */
export async function findKept(
  location: Location,
  path: string,
  { seconds, inMemory }: Keeping,
): Promise<Kept | undefined> {
  const now = location.now();
  const remembered = inMemory ? location.memory.get(path, now) : undefined;
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
  if (inMemory) remember(location, path, kept);
  return kept;
}

export async function keepRead(
  location: Location,
  path: string,
  kept: Kept,
  { seconds, inMemory }: Keeping,
): Promise<void> {
  if (inMemory) remember(location, path, kept);
  const { headers, readAt } = kept;
  await keep(location, path, kept.body, {
    seconds,
    headers: { "X-Kept": JSON.stringify({ headers, readAt }) },
  });
}

function remember(location: Location, path: string, kept: Kept): void {
  // A key, an entry and its headers take about a kilobyte beside the body.
  const complete = new Headers({ ...kept.headers, ...everyAnswer });
  const remembered = { ...kept, complete };
  location.memory.set(path, remembered, kept.body.byteLength + 1024, location.now() + memoryMs);
}
