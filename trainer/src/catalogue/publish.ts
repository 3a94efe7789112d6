import { join } from "node:path";
import type { SigningKey } from "@lectern/shared/artifact";
import { publishTeacher } from "@lectern/client/connect";
import type { Release } from "@lectern/shared/schema";
import { signDraft } from "../release/index.ts";
import { listCatalogue, readEntry } from "./entry.ts";

export interface CataloguePublication {
  /** Of the API. */
  readonly url: string;
  readonly token: string;
  /** The token's owner: who signs. */
  readonly publisher: string;
  readonly key: SigningKey;
  readonly timeoutMs?: number;
  readonly onPublished?: (release: Release) => void;
}

/**
 * Publishes every teacher of a catalogue's folder, signed with the caller's key. Signatures are deterministic, so that
 * doing it again, with the same key, changes nothing and succeeds; and what broke off is simply repeated.
 *
 * @throws LecternError `conflict` where a version is there already with another publisher or key; what `readEntry` throws,
 * before anything is published
 */
export async function publishCatalogue(
  folder: string,
  { url, token, publisher, key, timeoutMs, onPublished }: CataloguePublication,
): Promise<Release[]> {
  const names = await listCatalogue(folder);
  const entries = await Promise.all(names.map((name) => readEntry(join(folder, name))));
  const releases: Release[] = [];
  for (const entry of entries) {
    const { signed, weights } = await signDraft(entry, { publisher, key });
    const release = await publishTeacher(url, {
      signed,
      weights,
      token,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    onPublished?.(release);
    releases.push(release);
  }
  return releases;
}
