import { problem } from "@lectern/shared/schema";
import { problemKinds } from "../problems/kinds.ts";

type ProblemStatus = (typeof problemKinds)[keyof typeof problemKinds]["status"];
const content = { "application/problem+json": { schema: problem } };

type ProblemResponse = { description: string; content: typeof content };

/** Made once, not for each route: that would be a tenth of the Worker's start. */
const byStatus = new Map<ProblemStatus, ProblemResponse>();
for (const [kind, { status }] of Object.entries(problemKinds)) {
  const before = byStatus.get(status);
  const description = before === undefined ? kind : `${before.description}, ${kind}`;
  byStatus.set(status, { description, content });
}

/** The error answers of a route, for its OpenAPI entry: the kinds that have each status; and 429, as each is limited. */
export function problemResponses(...statuses: readonly ProblemStatus[]): Record<string, ProblemResponse> {
  return Object.fromEntries(
    [...statuses, 429 as const].map((status): [ProblemStatus, ProblemResponse] => [
      status,
      byStatus.get(status)!,
    ]),
  );
}
