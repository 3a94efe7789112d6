import type { Release } from "@lectern/shared/schema";
import type { releases } from "../database/schema.ts";

/** The columns of `releases r` that {@link showRelease} needs: lists don't read manifests. */
export const shownFields =
  "r.name, r.version, r.description, r.family, r.classes, r.tasks, r.weights_sha256 AS weightsSha256, " +
  "r.weights_bytes AS weightsBytes, r.publisher, r.published_at AS publishedAt";

type Row = typeof releases.$inferSelect;

/** `tasks` is JSON where the row comes from a query by hand. */
export type ShownRow = Pick<
  Row,
  | "name"
  | "version"
  | "description"
  | "family"
  | "classes"
  | "weightsSha256"
  | "weightsBytes"
  | "publisher"
  | "publishedAt"
> & { tasks: string | string[] };

export function showRelease(row: ShownRow): Release {
  return {
    name: row.name,
    version: row.version,
    description: row.description,
    family: row.family,
    classes: row.classes,
    tasks: typeof row.tasks === "string" ? (JSON.parse(row.tasks) as string[]) : row.tasks,
    weights: { sha256: row.weightsSha256, bytes: row.weightsBytes },
    publisher: row.publisher,
    publishedAt: row.publishedAt,
  };
}
