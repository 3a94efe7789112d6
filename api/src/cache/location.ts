import type { Emitter } from "../emit/emitter.ts";
import { createMemory, type Memory } from "./memory.ts";

/** A finished public answer, without what differs from request to request. */
export interface Kept {
  readonly body: ArrayBuffer;
  readonly headers: Readonly<Record<string, string>>;
  /** When it was read from the database or the bucket, milliseconds. */
  readonly readAt: number;
}

/** What is in memory: with the headers of a whole answer made already, which takes as long as all the rest. */
export interface Remembered extends Kept {
  /** Of every answer, and its own. */
  readonly complete: Headers;
}

/** What the Cache API must do here; a data centre's real one, or a test's. */
export type Store = Pick<Cache, "match" | "put" | "delete">;

/** Where answers are kept: a data centre's cache, and this isolate's memory in front of it. */
export interface Location {
  /** Called late: at a Worker's start there may be no I/O. */
  store(): Promise<Store>;
  readonly memory: Memory<Remembered>;
  /** Public teachers that were parsed for emission, by their manifests' entity tags. */
  readonly emitters: Memory<Emitter>;
  now(): number;
}

/** Of a Worker's 128 MB, each. */
const memoryBytes = 24 * 1024 * 1024;

export function openLocation({
  store = () => caches.open("lectern"),
  now = Date.now,
}: Partial<Pick<Location, "store" | "now">> = {}): Location {
  return { store, now, memory: createMemory(memoryBytes), emitters: createMemory(memoryBytes) };
}

/** Not a host that exists: keys of the Cache API are URLs. */
const origin = "https://cache.lectern.internal/";

/**
 * A cache is never a reason to fail: what it refuses is read where it came from.
 *
 * @param path names the thing
 */
export async function find(location: Location, path: string): Promise<Response | undefined> {
  try {
    return await (await location.store()).match(origin + path);
  } catch {
    return undefined;
  }
}

export async function keep(
  location: Location,
  path: string,
  body: BodyInit,
  { seconds, headers = {} }: { seconds: number; headers?: Record<string, string> },
): Promise<void> {
  try {
    const response = new Response(body, {
      headers: {
        ...headers,
        "Content-Type": "application/octet-stream",
        "Cache-Control": `public, max-age=${seconds}`,
      },
    });
    await (await location.store()).put(origin + path, response);
  } catch {
    // Read again next time.
  }
}

export async function drop(location: Location, path: string): Promise<void> {
  location.memory.delete(path);
  try {
    await (await location.store()).delete(origin + path);
  } catch {
    // It goes by itself when its time is over.
  }
}
