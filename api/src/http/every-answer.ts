/** What a page that reads may see of an answer. */
export const exposedHeaders = [
  "ETag",
  "X-Request-Id",
  "Content-Length",
  "Content-Range",
  "Content-Location",
  "Lectern-Deprecated",
];

/** Headers of every answer; `X-Request-Id` is the request's own. */
export const everyAnswer: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": exposedHeaders.join(","),
  "X-Content-Type-Options": "nosniff",
};
