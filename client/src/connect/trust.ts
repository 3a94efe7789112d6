import { conform, readKeyList, verifyEndorsement } from "@lectern/shared/artifact";
import { demand, isLecternError } from "@lectern/shared/errors";
import type { Manifest, PublisherKey } from "@lectern/shared/schema";
import { compareVersions } from "./compare-versions.ts";
import { expectInRange } from "./expect-in-range.ts";
import { requestAnswer } from "./request-json.ts";
import type { TeacherRequest } from "./spec.ts";
import type { Transport } from "./transport.ts";

/** What a pull has asked for, and the manifest that it got: its signature has been found right. */
export interface Pulled {
  transport: Transport;
  asked: TeacherRequest;
  manifest: Manifest;
}

/** Decides whether a pull may go on: throws a LecternError `integrity` if not. */
export type Trust = (pulled: Pulled) => Promise<void>;

/** Where pins are kept: small texts under names that are also good for files. */
export interface PinStore {
  get(name: string): Promise<string | undefined>;
  put(name: string, text: string): Promise<void>;
}

interface OwnerPin {
  keys: readonly string[];
}

interface TeacherPin {
  publisher: string;
  /** The highest version that each range, or `latest`, has led to. */
  seen: Readonly<Record<string, string>>;
}

/**
 * Pins an owner's keys, and a teacher's owner, when they are first seen at an API. From then on, a manifest is taken only
 * from the same owner and with one of the keys, or with one that a pinned key has endorsed, directly or by way of others
 * (`GET /v1/owners/{owner}/keys`); and a range, or `latest`, never leads back to an older version than it did before, nor
 * a range to a version outside it.
 *
 * @param acceptOlder takes older versions, too: after the newer one was yanked, say
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { trust: pinKeys(store) });
 * ```
 */
export function pinKeys(store: PinStore, { acceptOlder = false }: { acceptOlder?: boolean } = {}): Trust {
  return async ({ transport, asked, manifest }) => {
    const { name, version, publisher } = manifest;
    // The name becomes part of a pin's, which may be a file's.
    conform(publisher.name, "[a-z0-9-]+", "manifest.publisher.name");
    const api = transport.url.replace(/^https?:\/\//i, "").replaceAll(/[^\w.-]/g, "_");
    const [ownerPin, teacherPin] = [`${api}+owner+${publisher.name}`, `${api}+teacher+${name}`];
    expectInRange(transport.url, asked, version);
    const teacher = await read<TeacherPin>(store, teacherPin);
    demand(
      !teacher || teacher.publisher === publisher.name,
      "integrity",
      `${name} was ${teacher?.publisher}'s at ${transport.url}, and ${version} is ${publisher.name}'s`,
      `If it was handed over, delete the pin ${teacherPin}.`,
    );
    // What can't be a tag: the API takes none that could be a range.
    const isRange = !asked.exact && !/^(?!latest$|v?(x|\d+)$)[a-z][a-z\d-]*$/.test(asked.spec);
    const before = isRange && teacher?.seen[asked.spec];
    demand(
      !before || acceptOlder || compareVersions(version, before) >= 0,
      "integrity",
      `${name}@${asked.spec} led to ${before} before, and ${transport.url} now answers with the older ${version}`,
      `If ${before} was yanked, accept older versions once (acceptOlder, --accept-older), or ask for ${name}@${version}.`,
    );
    const owner = await read<OwnerPin>(store, ownerPin);
    if (!owner?.keys.includes(publisher.publicKey)) {
      const keys = await followKeys(transport, publisher, owner?.keys);
      demand(
        keys.includes(publisher.publicKey),
        "integrity",
        `${name} ${version} is signed with ${publisher.publicKey}, which ${owner ? `no pinned key of ${publisher.name} has endorsed` : `${publisher.name} has revoked`}`,
        `Ask ${publisher.name} by another way; if the key is right, delete the pin ${ownerPin}.`,
      );
      await store.put(ownerPin, JSON.stringify({ keys } satisfies OwnerPin));
    }
    const seen = { ...teacher?.seen, ...(isRange && { [asked.spec]: version }) };
    if (!teacher || before !== (isRange && version))
      await store.put(teacherPin, JSON.stringify({ publisher: publisher.name, seen } satisfies TeacherPin));
  };
}

async function read<Pin>(store: PinStore, name: string): Promise<Pin | undefined> {
  const text = await store.get(name);
  return text === undefined ? undefined : (JSON.parse(text) as Pin);
}

/**
 * The keys to trust now: those pinned, and each that one of them has endorsed, but none that was revoked. Where none are
 * pinned yet, all of the owner's that aren't revoked, as the first answer has to be believed anyway.
 */
async function followKeys(
  transport: Transport,
  { name, publicKey }: Manifest["publisher"],
  pinned: readonly string[] | undefined,
): Promise<string[]> {
  const listed = await askKeys(transport, name);
  if (!pinned) {
    const good = listed.filter(({ revokedAt }) => revokedAt === null).map(({ publicKey }) => publicKey);
    // An API that lists no keys can't have revoked one.
    return listed.length > 0 ? good : [publicKey];
  }
  const trusted = new Set(pinned);
  // Oldest first, so that a key which was revoked is gone before one that it has endorsed comes.
  for (const { publicKey: to, endorsedBy: from, endorsement, revokedAt } of listed)
    if (revokedAt !== null) trusted.delete(to);
    else if (
      from !== null &&
      endorsement !== null &&
      trusted.has(from) &&
      (await verifyEndorsement({ owner: name, from, to }, endorsement, from))
    )
      trusted.add(to);
  return [...trusted];
}

async function askKeys(transport: Transport, owner: string): Promise<readonly PublisherKey[]> {
  try {
    return (await requestAnswer(transport, `/v1/owners/${owner}/keys`, readKeyList)).keys;
  } catch (error) {
    if (isLecternError(error) && error.code === "not-found") return [];
    throw error;
  }
}
