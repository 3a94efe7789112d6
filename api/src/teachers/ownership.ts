import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import {
  type Ownership,
  ownership,
  teacherName,
  transferRequest,
  visibilityRequest,
} from "@lectern/shared/schema";
import { and, eq, exists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describeWrite, traceWrite } from "../audit/actions.ts";
import { drop } from "../cache/location.ts";
import { purgeWeights } from "../cache/purge.ts";
import { audit, releases, teachers, tokens, transfers } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandName } from "../tokens/scopes.ts";
import { demandOwned } from "./owned.ts";
import { pathOfRelease } from "./read-release.ts";

const params = z.object({ name: teacherName });
const ok = { description: "Whose it is now", content: { "application/json": { schema: ownership } } };
const security = [{ token: [] }];

const visibilityRoute = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/visibility",
  summary: "Make a teacher private, or public",
  description: "What was public may stay in caches elsewhere for a day, and with whoever pulled it for ever.",
  security,
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: {
    params,
    body: { required: true, content: { "application/json": { schema: visibilityRequest } } },
  },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404, 413, 415, 422) },
});
const offerRoute = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/transfer",
  summary: "Offer a teacher's name to another owner",
  description: "It changes hands when that owner accepts; at once where an operator does it.",
  security,
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: transferRequest } } } },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404, 413, 415, 422) },
});
const cancelRoute = createRoute({
  method: "delete",
  path: "/v1/teachers/{name}/transfer",
  summary: "Take an offer back",
  description: "Idempotent: where there is none, the answer is the same.",
  security,
  middleware: [requireScope("admin")] as const,
  request: { params },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404) },
});
const acceptRoute = createRoute({
  method: "post",
  path: "/v1/teachers/{name}/transfer/acceptance",
  summary: "Accept a name that is on offer",
  description: "Idempotent: whose it is already is answered the same.",
  security,
  middleware: [requireScope("admin")] as const,
  request: { params },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404) },
});

export function addOwnership(app: OpenAPIHono<Environment>): void {
  app.openapi(visibilityRoute, async (context) => {
    const { name } = context.req.valid("param");
    const { visibility } = context.req.valid("json");
    const teacher = await demandOwned(context, name);
    const db = drizzle(context.env.DB);
    const [, , published] = await db.batch([
      db.update(teachers).set({ visibility }).where(eq(teachers.name, name)),
      traceWrite(context, {
        action: "teacher.visibility",
        subject: name,
        concerns: teacher.owner,
        detail: visibility,
      }),
      db
        .select({ version: releases.version, weights: releases.weightsSha256 })
        .from(releases)
        .where(eq(releases.name, name)),
    ]);
    const { location } = context.var;
    for (const { version, weights } of published) {
      await drop(location, pathOfRelease(name, version));
      await purgeWeights(location, weights);
    }
    return context.json(await readOwnership(context, name), 200);
  });

  app.openapi(offerRoute, async (context) => {
    const { name } = context.req.valid("param");
    const { to } = context.req.valid("json");
    const teacher = await demandOwned(context, name);
    const db = drizzle(context.env.DB);
    const known = await db.select({ owner: tokens.owner }).from(tokens).where(eq(tokens.owner, to)).limit(1);
    if (known.length === 0) {
      throw new ProblemError(
        "unknown-owner",
        `There is no owner ${to} at this API.`,
        "Ask for the name that their token belongs to (lectern token list).",
      );
    }
    const { isOperator } = context.var.caller;
    const offer = { name, fromOwner: teacher.owner, toOwner: to, offeredAt: new Date().toISOString() };
    const detail = `${teacher.owner} to ${to}`;
    await db.batch([
      db
        .insert(transfers)
        .values(offer)
        .onConflictDoUpdate({ target: transfers.name, set: { ...offer } }),
      traceWrite(context, { action: "transfer.offer", subject: name, concerns: teacher.owner, detail }),
    ]);
    if (isOperator) await acceptOffer(context, name, to);
    return context.json(await readOwnership(context, name), 200);
  });

  app.openapi(cancelRoute, async (context) => {
    const { name } = context.req.valid("param");
    const teacher = await demandOwned(context, name);
    const db = drizzle(context.env.DB);
    const trace = describeWrite(context, {
      action: "transfer.cancel",
      subject: name,
      concerns: teacher.owner,
    });
    const isOnOffer = exists(
      db
        .select({ one: sql`1` })
        .from(transfers)
        .where(eq(transfers.name, name)),
    );
    await db.batch([
      db.insert(audit).select(valuesWhere(audit, trace, isOnOffer)),
      db.delete(transfers).where(eq(transfers.name, name)),
    ]);
    return context.json(await readOwnership(context, name), 200);
  });

  app.openapi(acceptRoute, async (context) => {
    const { name } = context.req.valid("param");
    const { caller } = context.var;
    demandName(caller, name);
    const accepted = await acceptOffer(context, name, caller.owner);
    const now = await findOwnership(context, name);
    // Whose it is already may have accepted before, and not have heard the answer.
    if (now === undefined || !(accepted || now.owner === caller.owner)) throw notOnOffer(name, caller.owner);
    return context.json(now, 200);
  });
}

function notOnOffer(name: string, to: string): ProblemError {
  return new ProblemError(
    "unknown-transfer",
    `The name ${name} is not on offer to ${to}.`,
    "Have its owner offer it: PUT /v1/teachers/{name}/transfer.",
  );
}

/** Each statement looks at the offer itself, so that one that is taken back meanwhile has no effect. */
async function acceptOffer(context: ApiContext, name: string, to: string): Promise<boolean> {
  const db = drizzle(context.env.DB);
  const isOffered = exists(
    db
      .select({ one: sql`1` })
      .from(transfers)
      .where(
        and(eq(transfers.name, name), eq(transfers.toOwner, to), eq(transfers.fromOwner, teachers.owner)),
      ),
  );
  const before = await db.select().from(transfers).where(eq(transfers.name, name)).get();
  const trace = describeWrite(context, {
    action: "transfer.accept",
    subject: name,
    concerns: before?.fromOwner ?? to,
    detail: `${before?.fromOwner} to ${to}`,
  });
  const [, moved] = await db.batch([
    db
      .insert(audit)
      .select(
        valuesWhere(
          audit,
          trace,
          sql`EXISTS (SELECT 1 FROM ${teachers} WHERE ${eq(teachers.name, name)} AND ${isOffered})`,
        ),
      ),
    db
      .update(teachers)
      .set({ owner: to })
      .where(and(eq(teachers.name, name), isOffered))
      .returning({ owner: teachers.owner }),
    db.delete(transfers).where(and(eq(transfers.name, name), eq(transfers.toOwner, to))),
  ]);
  return moved.length > 0;
}

async function readOwnership(context: ApiContext, name: string): Promise<Ownership> {
  const found = await findOwnership(context, name);
  if (found === undefined) throw new Error(`${name} has no owner`);
  return found;
}

function findOwnership(context: ApiContext, name: string): Promise<Ownership | undefined> {
  return drizzle(context.env.DB)
    .select({
      name: teachers.name,
      owner: teachers.owner,
      visibility: teachers.visibility,
      offeredTo: transfers.toOwner,
    })
    .from(teachers)
    .leftJoin(transfers, eq(transfers.name, teachers.name))
    .where(eq(teachers.name, name))
    .get();
}
