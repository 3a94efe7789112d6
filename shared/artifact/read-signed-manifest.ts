import type { SignedManifest } from "../schema/index.ts";
import { check, text } from "./checks.ts";
import { base64Check } from "./read-manifest.ts";

/** Reads an envelope as the schema `signedManifest` does. Closed, unlike answers: it is also a file on disk. */
export function readSignedManifest(value: unknown): SignedManifest {
  const envelope = { manifest: text(1_000_000), signature: base64Check, publicKey: base64Check };
  return check(envelope, value, "signed manifest") as SignedManifest;
}
