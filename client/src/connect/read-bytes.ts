import type { LecternError } from "@lectern/shared/errors";
import { halfBody } from "./passing.ts";

/**
 * The body's bytes, of which no more than `limit` and one chunk are ever held.
 *
 * @param tooLarge what to throw beyond `limit`
 * @param onBytes told how many have come, at each chunk
 * @throws Passing when the connection breaks off
 */
export async function readBytes(
  { body }: Response,
  url: string,
  limit: number,
  tooLarge: () => LecternError,
  onBytes: (received: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = body?.getReader();
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      throw halfBody(url, cause);
    });
    if (!next?.value) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(next.value);
    received += next.value.length;
    if (received > limit) throw tooLarge();
    onBytes(received);
  }
}
