import { and, desc, eq, gte, ne } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { teachers } from "../database/schema.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { isOneSlipAway, skeletonOf } from "./look-alike.ts";
import { isReserved } from "./reserved.ts";

/** A name, and who may know that it is taken. */
export interface NamedTeacher {
  name: string;
  visibility: "public" | "private";
}

/** Versions and reports that make a teacher one whose name others might want to be mistaken for. */
const popularFrom = 5;
/** The most popular ones that a new name is compared with. */
const guarded = 500;

/**
 * Refuses a new name that is reserved, that reads like another owner's, or that is one slip of a finger away from
 * another owner's popular one.
 */
export async function demandClaimable(database: D1Database, name: string, owner: string): Promise<void> {
  if (isReserved(name, owner)) {
    throw new ProblemError("reserved-name", `The name ${name} is reserved.`, "Choose another name.");
  }
  const db = drizzle(database);
  const [alike, popular] = await db.batch([
    db
      .select({ name: teachers.name, visibility: teachers.visibility })
      .from(teachers)
      .where(and(eq(teachers.skeleton, skeletonOf(name)), ne(teachers.owner, owner)))
      .limit(1),
    db
      .select({ name: teachers.name, visibility: teachers.visibility })
      .from(teachers)
      .where(and(gte(teachers.popularity, popularFrom), ne(teachers.owner, owner)))
      .orderBy(desc(teachers.popularity))
      .limit(guarded),
  ]);
  const collision = alike[0] ?? popular.find((other) => isOneSlipAway(other.name, name));
  if (collision) throw lookAlike(name, collision);
}

/** What is private isn't named: it would be found by guessing what is like it. */
export function lookAlike(name: string, other: NamedTeacher): ProblemError {
  const taken = other.visibility === "public" ? other.name : "a name";
  return new ProblemError(
    "look-alike-name",
    `The name ${name} can be taken for ${taken}, which belongs to another owner.`,
    `Choose a name that nobody mistakes for ${other.visibility === "public" ? other.name : "another's"}.`,
  );
}
