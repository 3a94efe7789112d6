import type { ResultReport } from "@lectern/shared/schema";
import { and, desc, eq, inArray, notExists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { releases, reports, teachers } from "../database/schema.ts";

/** Of a teacher's reports, this many of the latest are read. */
const mostReports = 20_000;

/** Of an installation at one teacher and task: can't be compared with what it sends elsewhere, or traced back without the salt. */
export async function hashReporter(
  salt: string,
  { reporter, task }: Pick<ResultReport, "reporter" | "task">,
  teacher: string,
): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    text.encode(salt),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const digest = await crypto.subtle.sign("HMAC", key, text.encode(`${reporter}\n${teacher}\n${task}`));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The decade of the student's number of weights: `1e4-1e5`. */
export function sizeBucket(parameters: number): string {
  const decade = parameters.toString().length - 1;
  return `1e${decade}-1e${decade + 1}`;
}

/** The tasks of a public release; undefined if there is no such. */
export async function findPublicTasks(
  database: D1Database,
  name: string,
  version: string,
): Promise<string[] | undefined> {
  const row = await drizzle(database)
    .select({ tasks: releases.tasks })
    .from(releases)
    .innerJoin(teachers, eq(teachers.name, releases.name))
    .where(and(eq(releases.name, name), eq(releases.version, version), eq(teachers.visibility, "public")))
    .get();
  return row?.tasks;
}

export async function isPublicTeacher(database: D1Database, name: string): Promise<boolean> {
  const row = await drizzle(database)
    .select({ name: teachers.name })
    .from(teachers)
    .where(and(eq(teachers.name, name), eq(teachers.visibility, "public")))
    .get();
  return row !== undefined;
}

export interface ReporterHashes {
  /** At the report's task. */
  reporter: string;
  /** The same one's at the teacher's other tasks. */
  elsewhere: readonly string[];
}

/** Of {@link ReporterHashes.elsewhere}: D1 binds at most 100 values. */
const mostElsewhere = 80;

/**
 * Stores the report, in place of an earlier one of the same reporter, version, task and size. A reporter's first about
 * the teacher adds to its popularity, in the same transaction.
 *
 * @returns false if there was an earlier one
 */
export async function storeReport(
  database: D1Database,
  name: string,
  { version, task, studentParameters, errorWith, errorWithout, seeds }: ResultReport,
  { reporter, elsewhere }: ReporterHashes,
): Promise<boolean> {
  const db = drizzle(database);
  const known = [reporter, ...elsewhere.slice(0, mostElsewhere)];
  const key = { name, version, task, sizeBucket: sizeBucket(studentParameters), reporter };
  const told = { errorWith, errorWithout, seeds, createdAt: new Date().toISOString() };
  const [earlier] = await db.batch([
    db
      .select({ id: reports.id })
      .from(reports)
      .where(
        and(
          eq(reports.name, key.name),
          eq(reports.version, key.version),
          eq(reports.task, key.task),
          eq(reports.sizeBucket, key.sizeBucket),
          eq(reports.reporter, key.reporter),
        ),
      ),
    db
      .update(teachers)
      .set({ popularity: sql`${teachers.popularity} + 1` })
      .where(
        and(
          eq(teachers.name, name),
          notExists(
            db
              .select({ one: sql`1` })
              .from(reports)
              .where(and(eq(reports.name, name), inArray(reports.reporter, known))),
          ),
        ),
      ),
    db
      .insert(reports)
      .values({ ...key, ...told })
      .onConflictDoUpdate({
        target: [reports.name, reports.version, reports.task, reports.sizeBucket, reports.reporter],
        set: told,
      }),
  ]);
  return earlier.length === 0;
}

export type ReportRow = Awaited<ReturnType<typeof readReports>>[number];

export function readReports(database: D1Database, name: string) {
  const { version, task, sizeBucket, errorWith, errorWithout, seeds } = reports;
  return drizzle(database)
    .select({ version, task, sizeBucket, errorWith, errorWithout, seeds })
    .from(reports)
    .where(eq(reports.name, name))
    .orderBy(desc(reports.id))
    .limit(mostReports);
}
