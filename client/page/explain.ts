/** Errors of ours are sentences for users; anything else is named as what it is: unexpected. */
export function explain(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string") return String(message);
  return `Something unexpected happened: ${String(message ?? error)}. Reload the page, or try another backend.`;
}
