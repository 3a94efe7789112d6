import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { releases, releaseStates, teachers } from "../database/schema.ts";
import type { ApiContext } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { demandName } from "../tokens/scopes.ts";
import { mayRead } from "./may-read.ts";
import { removedVersion } from "./removed.ts";
import { unknownTeacher, unknownVersion } from "./unknown.ts";

export type TeacherRow = typeof teachers.$inferSelect;

/**
 * A teacher that the caller may change: its owner's token, or an operator's, if it is for this name.
 *
 * @throws ProblemError `unknown-teacher`, also for another's private one; `not-owner`; `insufficient-scope`
 */
export async function demandOwned(context: ApiContext, name: string): Promise<TeacherRow> {
  const { caller } = context.var;
  const teacher = await drizzle(context.env.DB).select().from(teachers).where(eq(teachers.name, name)).get();
  if (teacher === undefined) throw await unknownTeacher(context.env.DB, name);
  if (teacher.owner !== caller.owner && !caller.isOperator) {
    if (!(await mayRead(context, teacher))) throw await unknownTeacher(context.env.DB, name);
    throw new ProblemError(
      "not-owner",
      `The name ${name} belongs to another owner than ${caller.owner}.`,
      "Use a token of its owner.",
    );
  }
  demandName(caller, name);
  return teacher;
}

/** A release that the caller may change, with its state. */
export async function demandOwnedVersion(context: ApiContext, name: string, version: string) {
  const teacher = await demandOwned(context, name);
  const db = drizzle(context.env.DB);
  const [found, states, all] = await db.batch([
    db
      .select({ weightsSha256: releases.weightsSha256 })
      .from(releases)
      .where(and(eq(releases.name, name), eq(releases.version, version))),
    db
      .select()
      .from(releaseStates)
      .where(and(eq(releaseStates.name, name), eq(releaseStates.version, version))),
    db.select({ version: releases.version }).from(releases).where(eq(releases.name, name)).limit(20),
  ]);
  const state = states[0];
  if (found[0] !== undefined) return { teacher, state, weightsSha256: found[0].weightsSha256 };
  if (typeof state?.removedAt === "string")
    throw removedVersion({ name, version }, state.removedReason ?? "no reason was given");
  throw unknownVersion(
    name,
    version,
    all.map(({ version }) => ({ version, yanked: false })),
  );
}
