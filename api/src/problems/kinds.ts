/**
 * Every kind of problem that the API answers: `type` is `https://lectern.dev/problems/<kind>`. Kinds and their status
 * are stable: programs may switch on them. docs/api.md lists them (a test compares).
 */
export const problemKinds = {
  "bad-json": { status: 400, title: "The body is not JSON" },
  "invalid-request": { status: 400, title: "The request is not well-formed" },
  "missing-token": { status: 401, title: "A token is needed" },
  "invalid-token": { status: 401, title: "The token is not valid" },
  "insufficient-scope": { status: 403, title: "The token does not allow this" },
  "not-owner": { status: 403, title: "The name belongs to another owner" },
  "unregistered-key": { status: 403, title: "The signing key is not the owner's" },
  "unknown-route": { status: 404, title: "There is nothing at this path" },
  "unknown-teacher": { status: 404, title: "There is no such teacher" },
  "unknown-version": { status: 404, title: "There is no such version" },
  "unknown-weights": { status: 404, title: "There are no such weights" },
  "method-not-allowed": { status: 405, title: "The path does not take this method" },
  "version-exists": { status: 409, title: "The version exists with other content" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body has another media type than expected" },
  "range-not-satisfiable": { status: 416, title: "The range lies outside the weights" },
  "invalid-body": { status: 422, title: "The body does not follow the schema" },
  "invalid-manifest": { status: 422, title: "The manifest does not follow the format" },
  "unsupported-format": { status: 422, title: "The manifest's format is newer than this API" },
  "address-mismatch": { status: 422, title: "The manifest is about another release than the path" },
  "invalid-signature": { status: 422, title: "The signature does not verify" },
  "digest-mismatch": { status: 422, title: "The body's SHA-256 is not the one in the path" },
  "invalid-weights": { status: 422, title: "The weights are not a safetensors file" },
  "missing-weights": { status: 422, title: "The manifest's weights have not been uploaded" },
  "weights-mismatch": { status: 422, title: "The uploaded weights differ from the manifest" },
  internal: { status: 500, title: "The API failed" },
  "not-ready": { status: 503, title: "The API's storage does not answer" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemKind = keyof typeof problemKinds;
