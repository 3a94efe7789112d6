import { problem } from "@lectern/shared/schema";
import { problemKinds } from "../problems/kinds.ts";

type ProblemStatus = (typeof problemKinds)[keyof typeof problemKinds]["status"];
const content = { "application/problem+json": { schema: problem } };

/** The error answers of a route, for its OpenAPI entry: the kinds that have each status; and 429, as each is limited. */
export function problemResponses(...statuses: readonly ProblemStatus[]) {
  return Object.fromEntries(
    [...new Set([...statuses, 429 as const])].map((status) => {
      const kinds = Object.entries(problemKinds).filter(([, kind]) => kind.status === status);
      return [status, { description: kinds.map(([kind]) => kind).join(", "), content }];
    }),
  );
}
