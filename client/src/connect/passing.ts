import { LecternError, type ErrorCode } from "@lectern/shared/errors";

/** A failure that may pass: thrown on if it doesn't. */
export class Passing extends LecternError {
  /** What the server asked to be left alone for. */
  readonly afterMs: number;

  constructor(code: ErrorCode, problem: string, remedy: string, cause?: unknown, afterMs = 0) {
    super(code, problem, remedy, { cause });
    this.afterMs = afterMs;
  }
}

export const halfBody = (url: string, cause?: unknown): Passing =>
  new Passing("bad-response", `The API at ${url} broke off.`, "Try again later.", cause);
