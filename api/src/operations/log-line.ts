import type { Bindings } from "../environment.ts";

export type LogLevel = "info" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * One line of JSON to the Worker's log. What looks like a secret is struck out, wherever it stands: a log is read by
 * more people than a token is for.
 *
 * @example
 * ```ts
 * writeLog("info", { event: "sweep", removed: 3 });
 * ```
 */
export function writeLog(level: LogLevel, fields: LogFields): void {
  const line = strikeSecrets(JSON.stringify({ at: new Date().toISOString(), level, ...fields }));
  // oxlint-disable-next-line no-console -- the Worker's log is its console.
  (level === "error" ? console.error : console.log)(line);
}

/** Bearer tokens, whatever follows `Bearer`, and base64 as long as an Ed25519 signature. */
export function strikeSecrets(text: string): string {
  return text
    .replaceAll(/lec_[A-Za-z0-9_-]+/g, "lec_***")
    .replaceAll(/(bearer\s+)[^\s"\\]+/gi, "$1***")
    .replaceAll(/[A-Za-z0-9+/]{80,}={0,2}/g, "***");
}

/**
 * An error for the log. Drizzle's messages end with the query's parameters, which hold hashes of tokens, signatures
 * and whole manifests: only the SQL with its question marks is kept.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const cause = error.cause === undefined ? "" : `; cause: ${describeError(error.cause)}`;
  const message = error.message.replace(/\s*\bparams:[\s\S]*$/i, "").slice(0, 1000);
  return `${error.name}: ${message}${cause}`;
}

/** Slower answers are worth a line, even of reads that went well. */
const slowMs = 1000;

/**
 * Which requests get a line, by the variable LOG: `all`; `notable` (the default): writes, refusals, failures and slow
 * answers; `errors`: failures only. Reads that went well are the many; metrics count them.
 */
export function isWorthLogging(
  setting: Bindings["LOG"],
  { method, status, ms }: { method: string; status: number; ms: number },
): boolean {
  if (status >= 500 || setting === "all") return true;
  if (setting === "errors") return false;
  return status >= 400 || ms >= slowMs || !["GET", "HEAD", "OPTIONS"].includes(method);
}
