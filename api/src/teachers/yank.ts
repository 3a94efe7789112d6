import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import {
  deprecationRequest,
  releaseState,
  semanticVersion,
  teacherName,
  yankRequest,
} from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandOwnedVersion } from "./owned.ts";
import { showState, writeState } from "./release-state.ts";

const params = z.object({ name: teacherName, version: semanticVersion });
const json = { "application/json": { schema: releaseState } };
const responses = {
  200: { description: "What the release's state is now", content: json },
  ...problemResponses(400, 401, 403, 404, 410, 413, 415, 422),
};

const yankRoute = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/versions/{version}/yank",
  summary: "Yank a version, or take that back",
  description:
    "A yanked version still answers to its exact version, but to no range or tag, and no list shows it.",
  security: [{ token: [] }],
  middleware: [requireScope("yank"), ...smallJson] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: yankRequest } } } },
  responses,
});

const deprecationRoute = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/versions/{version}/deprecation",
  summary: "Deprecate a version with a message, or take that back",
  description: "It goes on to answer as before; the message is on the teacher's page.",
  security: [{ token: [] }],
  middleware: [requireScope("yank"), ...smallJson] as const,
  request: {
    params,
    body: { required: true, content: { "application/json": { schema: deprecationRequest } } },
  },
  responses,
});

export function addYank(app: OpenAPIHono<Environment>): void {
  app.openapi(yankRoute, async (context) => {
    const address = context.req.valid("param");
    const { yanked, reason } = context.req.valid("json");
    const { teacher, state } = await demandOwnedVersion(context, address.name, address.version);
    const isAlready = (state?.yankedAt ?? null) !== null;
    if (isAlready === yanked && (!yanked || state?.yankedReason === reason))
      return context.json(showState(address, state), 200);
    const change = yanked
      ? { yankedAt: new Date().toISOString(), yankedReason: reason }
      : { yankedAt: null, yankedReason: null };
    const shown = await writeState(context, address, change, {
      action: yanked ? "release.yank" : "release.unyank",
      subject: `${address.name}@${address.version}`,
      concerns: teacher.owner,
      detail: reason,
    });
    return context.json(shown, 200);
  });

  app.openapi(deprecationRoute, async (context) => {
    const address = context.req.valid("param");
    const { message } = context.req.valid("json");
    const { teacher, state } = await demandOwnedVersion(context, address.name, address.version);
    if ((state?.deprecated ?? null) === message) return context.json(showState(address, state), 200);
    const shown = await writeState(
      context,
      address,
      { deprecated: message },
      {
        action: "release.deprecate",
        subject: `${address.name}@${address.version}`,
        concerns: teacher.owner,
        detail: message ?? "taken back",
      },
    );
    return context.json(shown, 200);
  });
}
