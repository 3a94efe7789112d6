/**
 * True when `If-None-Match` names this entity tag, so that a 304 is right (RFC 9110 §13.1.2: weak comparison, because
 * an edge that compresses the body makes a strong tag weak).
 */
export function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === tag);
}
