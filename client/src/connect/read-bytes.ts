import { demand, LecternError } from "@lectern/shared/errors";

export const halfBody = (url: string, cause?: unknown): LecternError =>
  new LecternError("bad-response", `The API at ${url} sent half an answer, or no JSON.`, undefined, {
    cause,
  });

/**
 * The body's bytes, of which no more than `limit` and one chunk are ever held.
 *
 * @param onBytes told how many have come, at each chunk
 * @throws LecternError `bad-response` when the connection breaks off, `integrity` beyond the limit
 */
export async function readBytes(
  { body }: Response,
  url: string,
  limit: number,
  onBytes?: (received: number) => void,
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
    demand(received <= limit, "integrity", `The API at ${url} sent more than ${limit} bytes`);
    onBytes?.(received);
  }
}

/** A million characters of manifest can take six bytes each inside JSON. */
const largestJsonBytes = 8_000_000;

export async function readJson(response: Response, url: string): Promise<unknown> {
  const bytes = await readBytes(response, url, largestJsonBytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    // Cut short in a way that HTTP didn't notice, or another kind of server.
    throw halfBody(url, cause);
  }
}
