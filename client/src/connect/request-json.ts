import { isLecternError, LecternError } from "@lectern/shared/errors";
import { readJson } from "./read-bytes.ts";
import { type Init, request } from "./request.ts";
import type { Transport } from "./transport.ts";

/** Requests JSON, which must arrive within `timeoutMs` as a whole. */
export const requestJson = (transport: Transport, path: string, init?: Init): Promise<unknown> =>
  request(transport, path, (response) => readJson(response, transport.url), init);

/** @param check throws a LecternError for what it can't read; becomes `bad-response` */
export async function requestAnswer<Value>(
  transport: Transport,
  path: string,
  check: (value: unknown) => Value,
  init?: Init,
): Promise<Value> {
  const value = await requestJson(transport, path, init);
  try {
    return check(value);
  } catch (cause) {
    if (!isLecternError(cause)) throw cause;
    throw new LecternError(
      "bad-response",
      `${transport.url} answered with ${cause.message.split(". ")[0]}.`,
      "Check that this is the address of a Lectern API.",
      { cause },
    );
  }
}
