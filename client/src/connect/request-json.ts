import { isLecternError, LecternError } from "@lectern/shared/errors";
import { halfBody, Passing } from "./passing.ts";
import { readBytes } from "./read-bytes.ts";
import { type Init, request } from "./request.ts";
import type { Transport } from "./transport.ts";

/** A million characters of manifest can take six bytes each inside JSON. */
const largestJsonBytes = 8_000_000;

/**
 * Requests JSON, which must arrive within `timeoutMs` as a whole.
 *
 * @param check throws a LecternError for what it can't read; becomes `bad-response`
 */
export function requestJson<Value>(
  transport: Transport,
  path: string,
  check: (value: unknown) => Value,
  init: Init = {},
): Promise<Value> {
  const { url } = transport;
  return request<Value>(transport, path, init, async (response) => {
    const bytes = await readBytes(response, url, largestJsonBytes);
    if (bytes instanceof Passing) return bytes;
    if (bytes === "too-large") throw strange(url, `more than ${largestJsonBytes} bytes of JSON`);
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch (cause) {
      // Cut short in a way that HTTP didn't notice, or another kind of server.
      if (response.headers.get("content-type")?.includes("json")) return halfBody(url, cause);
      throw strange(url, "something that isn't JSON", cause);
    }
    try {
      return check(value);
    } catch (cause) {
      if (!isLecternError(cause)) throw cause;
      throw strange(
        url,
        `what this client can't read: ${cause.message.replace(` ${cause.remedy}`, "")}`,
        cause,
      );
    }
  });
}

function strange(url: string, what: string, cause?: unknown): LecternError {
  return new LecternError(
    "bad-response",
    `${url} answered with ${what.replace(/\.$/, "")}.`,
    "Check that this is the address of a Lectern API, and that client and API are of one age.",
    { cause },
  );
}
