import type { ProblemKind } from "./kinds.ts";

/**
 * Thrown anywhere below a route: becomes a problem+json answer. `detail` says what was wrong and what was expected,
 * `remedy` what the caller can do; both are shown to the caller, so neither may hold SQL or internals.
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly kind: ProblemKind;
  readonly remedy: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, remedy: string, headers: Record<string, string> = {}) {
    super(detail);
    this.kind = kind;
    this.remedy = remedy;
    this.headers = headers;
  }
}
