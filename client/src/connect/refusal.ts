import type { ErrorCode, LecternError } from "@lectern/shared/errors";
import { Passing } from "./passing.ts";
import { readBytes } from "./read-bytes.ts";

const largestProblemBytes = 65_536;

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: "invalid-argument",
  401: "unauthorized",
  403: "unauthorized",
  404: "not-found",
  409: "conflict",
  413: "invalid-argument",
  422: "invalid-argument",
};

/**
 * The error that an answer other than 2xx means: in the API's own words where it sent problem+json (RFC 9457). That of
 * a server which is busy or broken is {@link Passing}.
 */
export async function refusalOf(response: Response, url: string): Promise<LecternError> {
  const { status, headers } = response;
  const { detail, title, remedy } = await readProblem(response, url);
  const said = sentence(detail) || sentence(title);
  const code = byStatus[status];
  return new Passing(
    code ?? "bad-response",
    `The API at ${url} answered ${status}${said && ": "}${said || "."}`,
    sentence(remedy) || (code ? "Check name, version and token." : "Try again later."),
    undefined,
    status >= 500 || status === 429 ? retryAfterMs(headers.get("retry-after")) : Infinity,
  );
}

/** Empty where there is none: the status already says that something is wrong, and its explanation is only a help. */
async function readProblem(response: Response, url: string): Promise<Record<string, unknown>> {
  try {
    const bytes = await readBytes(
      response,
      url,
      largestProblemBytes,
      () => new Passing("bad-response", "", ""),
    );
    return (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** One line without control characters, which could steer a terminal; ends with a full stop. */
function sentence(value: unknown): string {
  const line = String(value ?? "")
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 400);
  return line.replace(/[^.!?]$/, "$&.");
}

/** Of a `Retry-After` header: seconds, or a date. 0 where there is none. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header);
  return Math.max(0, (seconds >= 0 ? seconds * 1000 : Date.parse(header!) - Date.now()) || 0);
}
