import type { TeacherQuery } from "@lectern/shared/schema";
import { type ShownRow, shownFields } from "./release-row.ts";

export interface ListQuery {
  sql: string;
  parameters: (string | number)[];
  /** What the next page's cursor is taken from: names, or for a search in texts the listing's id. */
  orderedBy: "name" | "id";
}

export type ListedRow = ShownRow & { listingId: number };

/** Trigrams need three characters. */
const minIndexed = 3;

/**
 * One statement for a page of public teachers, whose cost is that of the page and not of the table: it walks an index in
 * the page's order, and looks the rest up by keys.
 * - without `q`, by name: along `listings_public`, `listings_by_family`, `listing_tasks` or `dist_tags_by_tag`;
 * - with a `q` of three characters and more, the teacher that came last first: along the trigram index, which has no
 *   other order than the listings' ids; sorting by name would mean to read every match;
 * - with a shorter `q`, by name: it is looked for in names, along an index that has nothing else.
 *
 * Stable under writes: a page begins after the last one's last row, wherever that would be now; a teacher's name and id
 * never change.
 *
 * @returns for one row more than the limit, so that one knows whether there is a next page
 */
export function queryListings({ cursor, limit, q, task, family, prefix, tag }: TeacherQuery): ListQuery {
  const inTexts = q !== undefined && [...q].length >= minIndexed;
  const joins: string[] = [];
  const conditions = ["l.visibility = 'public'"];
  const [joined, filtered]: [(string | number)[], (string | number)[]] = [[], []];
  const where = (condition: string, ...values: (string | number)[]) => {
    conditions.push(condition);
    filtered.push(...values);
  };
  let from = "listings l";
  // CROSS JOIN keeps SQLite from choosing another table to begin with, which would have to sort.
  if (inTexts) {
    from = "listing_text x CROSS JOIN listings l ON l.id = x.rowid";
    where("x.listing_text MATCH ?", `"${q.replaceAll('"', '""')}"`);
    if (task !== undefined)
      where("EXISTS (SELECT 1 FROM listing_tasks k WHERE k.task = ? AND k.name = l.name)", task);
  } else if (task !== undefined) {
    from = "listing_tasks k CROSS JOIN listings l ON l.name = k.name";
    where("k.task = ?", task);
  } else if (tag !== undefined && tag !== "latest") {
    from = "dist_tags d CROSS JOIN listings l ON l.name = d.name";
    where("d.tag = ?", tag);
  }
  if (tag !== undefined && tag !== "latest" && !from.startsWith("dist_tags")) {
    joins.push("JOIN dist_tags d ON d.name = l.name AND d.tag = ?");
    joined.push(tag);
  }
  const version = tag === undefined || tag === "latest" ? "l.version" : "d.version";
  if (version === "d.version") {
    // What `l.version` names isn't: the triggers see to it.
    where(
      "NOT EXISTS (SELECT 1 FROM release_states s WHERE s.name = d.name AND s.version = d.version AND s.yanked_at IS NOT NULL)",
    );
  }
  joins.push(`JOIN releases r ON r.name = l.name AND r.version = ${version}`);
  if (family !== undefined) where("l.family = ?", family);
  // Of the table that is walked, so that its index can begin there.
  const name = from.startsWith("listing_tasks")
    ? "k.name"
    : from.startsWith("dist_tags")
      ? "d.name"
      : "l.name";
  if (prefix !== undefined) where(`${name} >= ? AND ${name} < ?`, prefix, `${prefix}~`);
  if (q !== undefined && !inTexts) where(`instr(${name}, ?) > 0`, q.toLowerCase());
  const isId = cursor !== undefined && /^\d/.test(cursor);
  if (inTexts && isId) where("x.rowid < ?", Number(cursor));
  else if (!inTexts && cursor !== undefined && !isId) where(`${name} > ?`, cursor);
  return {
    sql: `SELECT ${shownFields}, l.id AS listingId FROM ${from} ${joins.join(" ")} WHERE ${conditions.join(" AND ")} ORDER BY ${inTexts ? "x.rowid DESC" : name} LIMIT ?`,
    parameters: [...joined, ...filtered, limit + 1],
    orderedBy: inTexts ? "id" : "name",
  };
}
