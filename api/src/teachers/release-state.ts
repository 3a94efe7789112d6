import type { ReleaseState } from "@lectern/shared/schema";
import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Trace, traceWrite } from "../audit/actions.ts";
import { releaseStates } from "../database/schema.ts";
import type { ApiContext } from "../environment.ts";

export type StateRow = typeof releaseStates.$inferSelect;

/** Writes what has changed of a release's state, with its audit row, and answers what it is now. */
export async function writeState(
  context: ApiContext,
  { name, version }: { name: string; version: string },
  change: Partial<StateRow>,
  trace: Trace,
): Promise<ReleaseState> {
  const db = drizzle(context.env.DB);
  const [, , rows] = await db.batch([
    db
      .insert(releaseStates)
      .values({ name, version, ...change })
      .onConflictDoUpdate({ target: [releaseStates.name, releaseStates.version], set: change }),
    traceWrite(context, trace),
    db
      .select()
      .from(releaseStates)
      .where(and(eq(releaseStates.name, name), eq(releaseStates.version, version))),
  ]);
  return showState({ name, version }, rows[0]);
}

export function showState(
  { name, version }: { name: string; version: string },
  row: StateRow | undefined,
): ReleaseState {
  const because = (at: string | null | undefined, reason: string | null | undefined) =>
    at ? { at, reason: reason ?? "" } : null;
  return {
    name,
    version,
    yanked: because(row?.yankedAt, row?.yankedReason),
    deprecated: row?.deprecated ?? null,
    removed: because(row?.removedAt, row?.removedReason),
  };
}
