import { demand, LecternError } from "@lectern/shared/errors";
import type { ReportReceipt, ResultReport } from "@lectern/shared/schema";
import { requestJson } from "../connect/request-json.ts";
import { openTransport, type TransportOptions } from "../connect/transport.ts";

/** How a teacher did for its user: figures and public names, never data. */
export interface Outcome {
  /** Of the teacher that taught. */
  name: string;
  version: string;
  /** One of the teacher's tasks, or `other`. */
  task: string;
  /** Weights of the student, in all. */
  studentParameters: number;
  /** Mean test error of the students that the teacher taught. Fraction of 1. */
  errorWith: number;
  /** Mean test error with the best loss that would have been used otherwise. Fraction of 1. */
  errorWithout: number;
  /** Students behind each of the two means. */
  seeds: number;
}

export interface ReportPreview {
  /** Where it would be sent: path at the API. */
  readonly path: string;
  /** All that would be sent. */
  readonly payload: ResultReport;
  /** The very text of the request's body, to be shown to the user. */
  readonly text: string;
}

export interface SendOptions extends TransportOptions {
  /** That the user has seen the preview's text and agreed to its being sent. Nothing else than `true` will do. */
  consent: boolean;
}

/** Only what was made here is sent, so that what was shown is what is sent. */
const previews = new WeakSet<ReportPreview>();

/**
 * What a report would say. Sends nothing and keeps nothing. Show `text` to the user, and ask.
 *
 * @param reporter 16 random bytes in base64url that stand for this installation, if one was kept from an earlier report
 * (`payload.reporter`): a repeated report then replaces the one before. By default a new one
 * @throws LecternError `invalid-argument`, `invalid-data`
 * @example
 * ```ts
 * const preview = previewReport({
 *   name: "glyphs", version: "1.2.0", task: "other", studentParameters: 20_000, errorWith: 0.21, errorWithout: 0.24, seeds: 3,
 * });
 * if (confirm(`Send this to ${url}?\n${preview.text}`)) await sendReport(url, preview, { consent: true });
 * ```
 */
export function previewReport(outcome: Outcome, reporter: string = drawReporter()): ReportPreview {
  const { name, version, task, studentParameters, errorWith, errorWithout, seeds } = outcome;
  for (const [what, value] of Object.entries({ errorWith, errorWithout }))
    demand(
      value >= 0 && value <= 1,
      "invalid-data",
      `${what} is ${value}, expected a fraction from 0 to 1`,
      "Divide per cents by 100.",
    );
  for (const [what, value] of Object.entries({ studentParameters, seeds }))
    demand(
      Number.isSafeInteger(value) && value >= 1,
      "invalid-argument",
      `${what} is ${value}, expected an integer of at least 1`,
    );
  demand(
    /^[A-Za-z0-9_-]{22}$/.test(reporter),
    "invalid-argument",
    "The reporter isn't 16 bytes in base64url",
  );
  const payload = { version, task, studentParameters, errorWith, errorWithout, seeds, reporter };
  const preview = Object.freeze({
    path: `/v1/teachers/${encodeURIComponent(name)}/results`,
    payload: Object.freeze(payload),
    text: JSON.stringify(payload, null, 2),
  });
  previews.add(preview);
  return preview;
}

/**
 * Sends a report that the user has seen and agreed to. Never called by anything else in this library.
 *
 * @param url of the API
 * @throws LecternError `unauthorized` without consent, before anything is sent; `invalid-argument` for a preview that
 * {@link previewReport} didn't make; `not-found`, `unreachable`, `timeout`, `bad-response`, `aborted`
 */
export async function sendReport(
  url: string,
  preview: ReportPreview,
  { consent, ...transport }: SendOptions,
): Promise<ReportReceipt> {
  // Compared with true itself: a stray value is no agreement.
  demand(
    (consent as unknown) === true,
    "unauthorized",
    "The report wasn't sent, as its user didn't agree to it",
    "Show preview.text to the user, and pass consent: true only if they agree.",
  );
  demand(
    previews.has(preview),
    "invalid-argument",
    "The preview wasn't made by previewReport",
    "Send the very preview that was shown.",
  );
  const answer = await requestJson(openTransport(url, transport), preview.path, () => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: preview.text,
    // It goes where the user was told, without cookies, and nowhere else.
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  }));
  const { isNew } = answer as Partial<ReportReceipt>;
  if (typeof isNew !== "boolean") {
    throw new LecternError("bad-response", `${url} answered a report with something else than a receipt.`);
  }
  return answer as ReportReceipt;
}

function drawReporter(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
