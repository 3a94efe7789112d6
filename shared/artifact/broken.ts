import { LecternError } from "../errors/index.ts";

/** A teacher whose bytes don't follow the format: only its publisher can mend it. */
export const broken = (problem: string, cause?: unknown): LecternError =>
  new LecternError("invalid-artifact", problem, undefined, { cause });
