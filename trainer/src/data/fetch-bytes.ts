import { LecternError, isLecternError } from "@lectern/shared/errors";

/** How far a download is. */
export interface Progress {
  readonly url: string;
  readonly received: number;
  /** Null when the server didn't tell. */
  readonly total: number | null;
}

export interface FetchOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Gives up when nothing has arrived for this long. */
  readonly idleTimeoutMs?: number;
}

/**
 * All bytes at an address.
 *
 * @throws LecternError `unreachable`, `timeout`, `aborted`, or `bad-response` for another status than 200 or half a
 * body.
 */
export async function fetchBytes(
  url: string,
  { onProgress, signal, idleTimeoutMs = 30_000 }: FetchOptions = {},
): Promise<Uint8Array> {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  };
  let responded = false;
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
    });
    responded = true;
    if (!response.ok || !response.body) throw refusal(url, response.status);
    const length = response.headers.get("content-length");
    // With a content encoding, the length isn't that of the bytes we see.
    const total = length && !response.headers.get("content-encoding") ? Number(length) : null;
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of response.body) {
      alive();
      chunks.push(chunk);
      received += chunk.length;
      onProgress?.({ url, received, total });
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    if (isLecternError(cause)) throw cause;
    if (signal?.aborted)
      throw new LecternError("aborted", `The download of ${url} was stopped.`, "Start it again.", { cause });
    if (idle.signal.aborted)
      throw new LecternError(
        "timeout",
        `${url} sent nothing for ${idleTimeoutMs / 1000} s.`,
        "Try again later, or fetch the file by hand and name its folder with --data-dir.",
        { cause },
      );
    throw responded
      ? new LecternError("bad-response", `${url} broke off before its end.`, "Try again.", { cause })
      : new LecternError(
          "unreachable",
          `${url} can't be reached.`,
          "Check the network, or fetch the file elsewhere and name its folder with --data-dir.",
          { cause },
        );
  } finally {
    clearTimeout(timer);
  }
}

function refusal(url: string, status: number): LecternError {
  return new LecternError(
    "bad-response",
    `${url} answered ${status}, expected 200.`,
    "Try again later, or fetch the file elsewhere and name its folder with --data-dir.",
  );
}
