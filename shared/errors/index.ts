/**
 * The one error that Lectern throws on purpose. Failures of a computation (a diverging student, a non-finite
 * hypergradient) are results, not errors; this is for misuse, bad input and the outside world.
 */

/** What went wrong, as a literal that programs may switch on. Never renamed; new ones may be added. */
export type ErrorCode =
  /** A caller's argument: wrong type, shape, range, unknown name or flag. */
  | "invalid-argument"
  /** A user's data: NaN, labels out of range, empty split, truncated or unknown file. */
  | "invalid-data"
  /** A teacher's bytes don't follow the format: manifest or safetensors. */
  | "invalid-artifact"
  /** A digest or signature doesn't match the bytes. */
  | "integrity"
  /** Right in itself, but not covered here: a future format version, an uncovered layer, a missing backend. */
  | "unsupported"
  | "not-found"
  | "conflict"
  | "unauthorized"
  /** The API can't be reached. */
  | "unreachable"
  | "timeout"
  /** The API answered with something that it should not: 5xx, half a body, not JSON. */
  | "bad-response"
  | "aborted"
  /** The GPU went away in the middle of the work: a driver's reset, out of memory. */
  | "device-lost"
  /** The file system refused. */
  | "io";

const mend = "Pull it again, or ask its publisher.";

/** What helps in most cases of a code; whoever throws says something better where there is something better. */
const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  "invalid-argument": "Correct it, or leave it out.",
  "invalid-data": "Correct the data.",
  "invalid-artifact": mend,
  integrity: mend,
  unsupported: "Update @lectern/client.",
  unreachable: "Check the address, or start it with `lectern dev`.",
  timeout: "Try again, or pass a larger timeoutMs.",
  "bad-response": "Try again later.",
  aborted: "Ask again.",
};

/**
 * One clear sentence about what happened and what was expected, and a remedy.
 *
 * @example
 * ```ts
 * throw new LecternError("invalid-argument", "steps is 0, expected an integer of at least 1.", "Pass steps: 500, say.");
 * ```
 */
export class LecternError extends Error {
  override readonly name = "LecternError";
  readonly code: ErrorCode;
  /** What the user can do about it, one sentence. */
  readonly remedy: string;

  /** @param remedy what usually helps with such an error, if left out */
  constructor(
    code: ErrorCode,
    problem: string,
    remedy = remedies[code] ?? "Check name, version and token.",
    options?: { cause?: unknown },
  ) {
    super(`${problem} ${remedy}`, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** Throws unless the condition holds. `problem` is a sentence without its full stop. */
export function demand(
  holds: unknown,
  code: ErrorCode,
  problem: string,
  remedy?: string,
  cause?: unknown,
): asserts holds {
  if (!holds) throw new LecternError(code, `${problem}.`, remedy, { cause });
}

/** True for a {@link LecternError}, also across two copies of this module (bundles, workers). */
export function isLecternError(error: unknown): error is LecternError {
  return error instanceof Error && error.name === "LecternError";
}
