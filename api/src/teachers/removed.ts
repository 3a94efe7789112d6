import { ProblemError } from "../problems/problem-error.ts";

/** The 410 of a version that an operator removed: what its tombstone says. */
export function removedVersion(
  { name, version }: { name: string; version: string },
  reason: string,
): ProblemError {
  return new ProblemError(
    "removed",
    `${name}@${version} was removed from this API, for good: ${reason.replace(/[.!?]$/, "")}.`,
    "Ask for another version; GET /v1/teachers/{name} lists them.",
  );
}
