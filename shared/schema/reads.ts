import { z } from "zod";
import { semanticVersion, teacherName } from "./names.ts";
import { release } from "./routes.ts";

/** A release on its teacher's page: with what has happened to it since. */
export const datedRelease = release.extend({
  /** Answers to its exact version only; why. */
  yanked: z.object({ at: z.string(), reason: z.string() }).nullable(),
  /** What its users are told. */
  deprecated: z.string().nullable(),
});

/** A teacher's page: everything that there is of it. */
export const teacherOverview = z.object({
  name: teacherName,
  owner: teacherName,
  /** What `latest` stands for; null where everything is yanked or removed. */
  latest: semanticVersion.nullable(),
  /** Names that the owner gave to versions. */
  tags: z.record(z.string(), semanticVersion),
  /** Highest first. */
  releases: z.array(datedRelease),
  /** Tombstones. */
  removed: z.array(z.object({ version: semanticVersion, at: z.string(), reason: z.string() })),
});

/** How teachers are searched for; all of it must hold. */
export const teacherQuery = z.object({
  cursor: z
    .string()
    .regex(/^(?:[a-z][a-z0-9-]{1,63}|\d{1,15})$/, "a cursor is what the page before gave as nextCursor")
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** In names, descriptions and tasks; shorter than three characters, in names. Any case. */
  q: z
    .string()
    .min(1)
    .max(64)
    // Without the flag u, which the document in JSON Schema would show as part of the pattern.
    // oxlint-disable-next-line no-control-regex -- they are what is refused.
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, "no control characters")
    .optional(),
  task: z.string().min(1).max(64).optional(),
  family: z.string().min(1).max(64).optional(),
  /** What names start with. */
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, "a prefix is the beginning of a name")
    .optional(),
  /** Teachers that have this tag; the release that it names is shown. */
  tag: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, "a tag is a lower-case word")
    .optional(),
});

export type TeacherOverview = z.infer<typeof teacherOverview>;
export type TeacherQuery = z.infer<typeof teacherQuery>;
