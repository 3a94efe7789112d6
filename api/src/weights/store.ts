/** Where the weights with this digest lie in R2. */
export function weightsKey(sha256: string): string {
  return `weights/${sha256}`;
}

/**
 * Stores the bytes under their digest, once: R2 checks the SHA-256 again, and refuses to overwrite.
 *
 * @returns false if they were there already
 */
export async function storeWeights(
  bucket: R2Bucket,
  sha256: string,
  bytes: ArrayBuffer | ReadableStream,
): Promise<boolean> {
  const stored = await bucket.put(weightsKey(sha256), bytes, {
    sha256,
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: "application/octet-stream" },
  });
  return stored !== null;
}

/** Headers are rarely longer: the next read takes all that one may have. */
const usualHeaderBytes = 16_384;
const longestHeaderBytes = 8 + 1_000_000;

/** The beginning of a safetensors file, with its whole header, and the file's length; undefined where there is none. */
export async function readStart(
  bucket: R2Bucket,
  key: string,
): Promise<{ start: Uint8Array; bytes: number } | undefined> {
  const first = await bucket.get(key, { range: { offset: 0, length: usualHeaderBytes } });
  if (first === null) return undefined;
  const start = new Uint8Array(await first.arrayBuffer());
  const bytes = first.size;
  const header = start.length < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
  if (8 + header <= start.length || start.length === bytes || 8 + header > longestHeaderBytes)
    return { start, bytes };
  const whole = await bucket.get(key, { range: { offset: 0, length: 8 + header } });
  return whole === null ? undefined : { start: new Uint8Array(await whole.arrayBuffer()), bytes };
}
