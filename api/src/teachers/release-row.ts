import type { Release } from "@lectern/shared/schema";
import { releases } from "../database/schema.ts";

/** The columns that {@link showRelease} needs: lists don't read manifests. */
export const shownColumns = {
  name: releases.name,
  version: releases.version,
  description: releases.description,
  family: releases.family,
  classes: releases.classes,
  tasks: releases.tasks,
  weightsSha256: releases.weightsSha256,
  weightsBytes: releases.weightsBytes,
  publisher: releases.publisher,
  publishedAt: releases.publishedAt,
} as const;

type ShownRow = Pick<typeof releases.$inferSelect, keyof typeof shownColumns>;

export function showRelease(row: ShownRow): Release {
  return {
    name: row.name,
    version: row.version,
    description: row.description,
    family: row.family,
    classes: row.classes,
    tasks: row.tasks,
    weights: { sha256: row.weightsSha256, bytes: row.weightsBytes },
    publisher: row.publisher,
    publishedAt: row.publishedAt,
  };
}
