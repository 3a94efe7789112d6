import { LecternError, type ErrorCode } from "@lectern/shared/errors";
import { readJson } from "./read-bytes.ts";

/** Other 4xx are something that the API couldn't understand: `invalid-argument`. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "unauthorized",
  404: "not-found",
  409: "conflict",
  429: "bad-response",
};

/** What an answer other than 2xx means. */
export type Refusal = LecternError & {
  /** What a server which is busy or broken asked to be left alone for. */
  readonly afterMs: number;
};

/** In the API's own words where it sent problem+json (RFC 9457). */
export async function refusalOf(response: Response, url: string): Promise<Refusal> {
  const { status, headers } = response;
  // The status already says that something is wrong: its explanation is only a help.
  const problem = await readJson(response, url).catch(() => undefined);
  const { detail, title, remedy } = (problem ?? {}) as Record<string, unknown>;
  const said = sentence(detail ?? title);
  const error = new LecternError(
    status < 500 ? (byStatus[status] ?? "invalid-argument") : "bad-response",
    `The API at ${url} answered ${status}${said && ": "}${said || "."}`,
    sentence(remedy) || undefined,
  );
  return Object.assign(error, { afterMs: Number(headers.get("retry-after")) * 1000 || 0 });
}

/** One line without control characters, which could steer a terminal; ends with a full stop. */
const sentence = (value: unknown): string =>
  String(value ?? "")
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 400)
    .replace(/[^.!?]$/, "$&.");
