import { type ErrorCode, LecternError } from "@lectern/shared/errors";
import { readBytes } from "./read-bytes.ts";

const largestProblemBytes = 65_536;

/** What a refusal without a remedy of its own comes down to. */
const byStatus: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ["invalid-argument", "Correct the request."],
  401: ["unauthorized", "Pass a valid publishing token."],
  403: ["unauthorized", "Pass a token that may publish this teacher."],
  404: ["not-found", "Check the name and version; `lectern list` shows what there is."],
  409: ["conflict", "Publish a higher version."],
  413: ["invalid-argument", "Send less."],
  422: ["invalid-argument", "Correct the request."],
  429: ["bad-response", "Wait a while, then try again."],
};

/** The error that an answer other than 2xx means: in the API's own words where it sent problem+json (RFC 9457). */
export async function refusalOf(response: Response, url: string): Promise<LecternError> {
  const [code, remedy] = byStatus[response.status] ?? [
    "bad-response",
    "Try again later, or look at the API's logs.",
  ];
  const problem = await readProblem(response, url);
  const detail = sentence(problem["detail"]) || sentence(problem["title"]);
  return new LecternError(
    code,
    `The API at ${url} answered ${response.status}${detail ? `: ${detail}` : "."}`,
    sentence(problem["remedy"]) || remedy,
  );
}

/** Empty where there is none: the status already says that something is wrong, and its explanation is only a help. */
async function readProblem(response: Response, url: string): Promise<Record<string, unknown>> {
  if (!response.headers.get("content-type")?.includes("json")) return {};
  const bytes = await readBytes(response, url, largestProblemBytes);
  if (!(bytes instanceof Uint8Array)) return {};
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** One line without control characters, which could steer a terminal; ends with a full stop. */
function sentence(value: unknown): string {
  if (typeof value !== "string") return "";
  const line = value
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 400);
  return line === "" || /[.!?]$/.test(line) ? line : `${line}.`;
}

/** Of a `Retry-After` header: seconds, or a date. 0 where there is none. */
export function retryAfterMs(header: string | null, now: number = Date.now()): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms > 0 ? ms : 0;
}
