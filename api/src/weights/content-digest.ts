import { ProblemError } from "../problems/problem-error.ts";

/** Refuses a body that isn't what its `Content-Digest` (RFC 9530) says, where that has a SHA-256. */
export async function checkContentDigest(header: string | undefined, bytes: ArrayBuffer): Promise<void> {
  const expected = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? "")?.[1];
  if (expected === undefined) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const actual = btoa(String.fromCharCode(...digest));
  if (actual === expected) return;
  throw new ProblemError(
    "digest-mismatch",
    `The body of ${bytes.byteLength} bytes has the SHA-256 ${actual}, its Content-Digest says ${expected}.`,
    "Send it again: it was damaged on the way.",
  );
}
