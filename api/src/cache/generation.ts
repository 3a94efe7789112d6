import { find, keep, type Location } from "./location.ts";

/**
 * What changes is kept under a key that holds a random generation, which itself is kept: a write makes a new one, and
 * whatever was kept under the old one, by whatever range or query, is never found again at this location. Deleting keys
 * wouldn't do: there are as many as there are ranges, and a slow reader could put back what it read before the write.
 *
 * A generation is put before what it names is read, so that either the reader's is the older one, or it reads after the
 * write.
 */
export async function readGeneration(location: Location, of: string): Promise<string> {
  const found = await find(location, `generation/${of}`);
  return found === undefined
    ? renewGeneration(location, of)
    : new TextDecoder().decode(await found.arrayBuffer());
}

/** To be called after a write is committed, and before it is answered. */
export async function renewGeneration(location: Location, of: string): Promise<string> {
  const generation = crypto.randomUUID();
  await keep(location, `generation/${of}`, generation, { seconds: 86_400 });
  return generation;
}
