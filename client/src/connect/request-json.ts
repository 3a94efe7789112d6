import { isLecternError, LecternError } from "@lectern/shared/errors";
import { halfBody } from "./passing.ts";
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
  init?: Init,
): Promise<Value> {
  const { url } = transport;
  const strange = (what: string, cause?: unknown) =>
    new LecternError(
      "bad-response",
      `${url} answered with ${what}.`,
      "Check that this is the address of a Lectern API.",
      { cause },
    );
  return request(
    transport,
    path,
    async (response) => {
      const bytes = await readBytes(response, url, largestJsonBytes, () =>
        strange(`more than ${largestJsonBytes} bytes of JSON`),
      );
      let value: unknown;
      try {
        value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      } catch (cause) {
        // Cut short in a way that HTTP didn't notice, or another kind of server.
        throw isJson(response) ? halfBody(url, cause) : strange("something that isn't JSON", cause);
      }
      try {
        return check(value);
      } catch (cause) {
        throw isLecternError(cause) ? strange(cause.message.split(". ")[0]!, cause) : cause;
      }
    },
    init,
  );
}

export const isJson = ({ headers }: Response): boolean => /json/.test(headers.get("content-type") ?? "");
