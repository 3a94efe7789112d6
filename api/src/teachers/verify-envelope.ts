import { sha256Hex, verifySignedManifest } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import { formatVersion, manifest, type Manifest, type SignedManifest } from "@lectern/shared/schema";
import { ProblemError } from "../problems/problem-error.ts";
import { describeIssues } from "../problems/validation.ts";

/** D1 holds at most 2 MB in a row. */
const maxManifestBytes = 1_000_000;

export interface VerifiedEnvelope {
  manifest: Manifest;
  /** SHA-256 of the manifest's exact bytes. */
  sha256: string;
}

/** Checks what an envelope says about itself: its manifest's format, and the signature over the exact bytes. */
export async function verifyEnvelope(envelope: SignedManifest): Promise<VerifiedEnvelope> {
  const bytes = new TextEncoder().encode(envelope.manifest);
  if (bytes.length > maxManifestBytes) {
    throw new ProblemError(
      "invalid-manifest",
      `The manifest has ${bytes.length} bytes, expected at most ${maxManifestBytes}.`,
      "Shorten its provenance and description.",
    );
  }
  const parsed = parseManifest(envelope.manifest);
  if (parsed.publisher.publicKey !== envelope.publicKey) {
    throw new ProblemError(
      "invalid-signature",
      "The manifest names another public key (publisher.publicKey) than the one beside its signature.",
      "Sign with the key that the manifest names.",
    );
  }
  await checkSignature(envelope);
  return { manifest: parsed, sha256: await sha256Hex(bytes) };
}

function parseManifest(text: string): Manifest {
  // A lone surrogate has no UTF-8: the signed bytes would not be the text.
  if (!text.isWellFormed()) throw invalid("it holds half of a surrogate pair");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
  refuseNewerFormat(value);
  const result = manifest.safeParse(value);
  if (!result.success) throw invalid(describeIssues(result.error.issues));
  return result.data;
}

function refuseNewerFormat(value: unknown): void {
  if (typeof value !== "object" || value === null || !("formatVersion" in value)) return;
  const found = value.formatVersion;
  if (typeof found === "number" && Number.isInteger(found) && found > formatVersion) {
    throw new ProblemError(
      "unsupported-format",
      `The manifest has formatVersion ${found}, this API reads formatVersion ${formatVersion}.`,
      "Publish to a newer API, or with a trainer of this API's version.",
    );
  }
}

function invalid(what: string): ProblemError {
  return new ProblemError(
    "invalid-manifest",
    `The manifest does not follow the format: ${what}.`,
    "Publish with `lectern publish`, or compare it with docs/api.md.",
  );
}

async function checkSignature(envelope: SignedManifest): Promise<void> {
  try {
    await verifySignedManifest(envelope);
  } catch (error) {
    if (!isLecternError(error)) throw error;
    throw new ProblemError(
      "invalid-signature",
      "The Ed25519 signature does not verify over the manifest's exact UTF-8 bytes.",
      "Sign the very text that is sent, without re-serialising it.",
    );
  }
}
