/** Where the weights with this digest lie in R2. */
export function weightsKey(sha256: string): string {
  return `weights/${sha256}`;
}

/**
 * Stores the bytes under their digest, once: R2 checks the SHA-256 again, and refuses to overwrite.
 *
 * @returns false if they were there already
 */
export async function storeWeights(bucket: R2Bucket, sha256: string, bytes: ArrayBuffer): Promise<boolean> {
  const stored = await bucket.put(weightsKey(sha256), bytes, {
    sha256,
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: "application/octet-stream" },
  });
  return stored !== null;
}
