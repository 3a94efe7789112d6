import { LecternError } from "@lectern/shared/errors";

/** A failure that may pass, with the error to throw if it doesn't. */
export class Passing {
  readonly error: LecternError;
  /** What the server asked to be left alone for. */
  readonly afterMs: number;

  constructor(error: LecternError, afterMs = 0) {
    this.error = error;
    this.afterMs = afterMs;
  }
}

export function halfBody(url: string, cause?: unknown): Passing {
  return new Passing(
    new LecternError(
      "bad-response",
      `The API at ${url} broke off in the middle of its answer.`,
      "Try again; if it stays, look at the API's logs.",
      { cause },
    ),
  );
}
