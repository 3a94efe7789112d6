import type { PublisherKey } from "@lectern/shared/schema";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { publisherKeys } from "../database/schema.ts";

export type KeyRow = typeof publisherKeys.$inferSelect;

/** Oldest first: each after the one that endorsed it. */
export function readKeys(database: D1Database, owner: string): Promise<KeyRow[]> {
  return drizzle(database)
    .select()
    .from(publisherKeys)
    .where(eq(publisherKeys.owner, owner))
    .orderBy(publisherKeys.createdAt, sql`rowid`);
}

export function showKey(row: KeyRow): PublisherKey {
  const { publicKey, createdAt, endorsedBy, endorsement, retiredAt, revokedAt, revokedReason } = row;
  return { publicKey, createdAt, endorsedBy, endorsement, retiredAt, revokedAt, revokedReason };
}
