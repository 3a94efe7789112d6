import { readFileSync } from "node:fs";
import { importSigningKey, readSignedManifest, signManifest } from "@lectern/shared/artifact";
import type { Manifest } from "@lectern/shared/schema";

/** The committed teacher of format version 1, fixture-glyphs 1.0.0, and others like it. */
const folder = new URL("../../shared/fixtures/artifact-v1/", import.meta.url);

export const signed = readSignedManifest(JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")));
export const manifest = JSON.parse(signed.manifest) as Manifest;
export const weights = new Uint8Array(readFileSync(new URL("weights.safetensors", folder)));
export const weightsPath = `/v1/weights/${manifest.weights.sha256}`;

/** The publisher's, which is in the repository and good for nothing else. */
export function openTestKey() {
  return importSigningKey(JSON.parse(readFileSync(new URL("test-key.json", folder), "utf8")));
}

/** Signed again by the same publisher, with fields changed. */
export async function resign(changes: Record<string, unknown>) {
  const key = await openTestKey();
  return signManifest(JSON.stringify({ ...manifest, ...changes }), key);
}
