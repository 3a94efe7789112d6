import type { ErrorCode } from "@lectern/shared/errors";

/** The code of an error of ours; undefined for anything else. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const { name, code } = error as { name?: unknown; code?: ErrorCode };
  return name === "LecternError" ? code : undefined;
}

/** Errors of ours are sentences for users; anything else is named as what it is: unexpected. */
export function explain(error: unknown): string {
  const { message, remedy = "" } = error as { message?: unknown; remedy?: string };
  const code = codeOf(error);
  // The API's remedies are for those who run one; whoever reads this page uses one.
  if (code === "unreachable") return String(message).replace(remedy, "Check your network, then try again.");
  if (code) return String(message);
  // What a browser says where a file of the page doesn't come.
  if (/dynamically imported module|Importing a module script failed/.test(String(message)))
    return "A part of this page can't be fetched: there is no network, and it isn't kept on this device yet. Connect, and try again.";
  return `Something unexpected happened: ${String(message ?? error)}. Reload the page, or try another backend.`;
}
