import { LecternError } from "../errors/index.ts";

/** A teacher whose bytes don't follow the format: only its publisher can mend it. */
export function broken(problem: string, cause?: unknown): LecternError {
  return new LecternError(
    "invalid-artifact",
    problem,
    "Pull it again, or ask its publisher for a mended release.",
    { cause },
  );
}
