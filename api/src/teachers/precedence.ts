/**
 * A text that orders as semantic versions do (semver 2.0.0 §11), so that the database can find the newest by an index:
 * the core's numbers padded; then `~` for a release, which is above every prerelease; or `-` and the identifiers, each
 * closed by `!`, below every character that one may hold. Numeric identifiers (`0`, digits' count, digits) are below
 * alphanumeric ones (`1`, text).
 *
 * @param version one that `versionPattern` accepts: numbers of at most nine digits, at most 64 characters
 * @example
 * ```ts
 * precedence("1.2.3-rc.1"); // "000000001.000000002.000000003-1rc!0011!"
 * ```
 */
export function precedence(version: string): string {
  const dash = version.indexOf("-");
  const core = dash === -1 ? version : version.slice(0, dash);
  const padded = core
    .split(".")
    .map((number) => number.padStart(9, "0"))
    .join(".");
  if (dash === -1) return `${padded}~`;
  const identifiers = version
    .slice(dash + 1)
    .split(".")
    .map(orderIdentifier);
  return `${padded}-${identifiers.join("")}`;
}

function orderIdentifier(identifier: string): string {
  const isNumeric = /^\d+$/.test(identifier);
  return isNumeric ? `0${String(identifier.length).padStart(2, "0")}${identifier}!` : `1${identifier}!`;
}

export function isStable(version: string): boolean {
  return !version.includes("-");
}
