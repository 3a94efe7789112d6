import { halfBody, Passing } from "./passing.ts";

/**
 * The body's bytes, of which no more than `limit` and one chunk are ever held.
 *
 * @param onBytes told how many have come, at each chunk
 * @returns `"too-large"` beyond `limit`; {@link Passing} when the connection breaks off
 */
export async function readBytes(
  response: Response,
  url: string,
  limit: number,
  onBytes: (received: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer> | "too-large" | Passing> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => halfBody(url, cause));
    if (next instanceof Passing) return next;
    if (!next || next.done) break;
    chunks.push(next.value);
    received += next.value.length;
    if (received > limit) return "too-large";
    onBytes(received);
  }
  const bytes = new Uint8Array(received);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
