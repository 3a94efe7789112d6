import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * Bearer tokens. Only the SHA-256 of a token is stored: the tokens are 256 random bits, so a plain hash can't be
 * guessed backwards, and finding the row by the hash tells a timing attacker nothing about the token.
 */
export const tokens = sqliteTable(
  "tokens",
  {
    hash: text("hash").primaryKey(),
    /** Public: what lists, audits and revocations call the token: the first 16 digits of the hash. */
    id: text("id").notNull().default(""),
    owner: text("owner").notNull(),
    /** Separated by spaces: `read`, `publish`, `yank`, `admin`. */
    scopes: text("scopes").notNull(),
    /** The only teachers that the token is for, or null for all of the owner's. */
    names: text("names", { mode: "json" }).$type<string[]>(),
    /** What its maker called it. */
    label: text("label").notNull().default(""),
    /** Of the token's text, so that one can tell which it is. */
    lastFour: text("last_four").notNull().default(""),
    createdAt: text("created_at").notNull(),
    /** RFC 3339, or null for never. */
    expiresAt: text("expires_at"),
    revokedAt: text("revoked_at"),
  },
  (table) => [index("tokens_of_owner").on(table.owner, table.createdAt), index("tokens_by_id").on(table.id)],
);

/**
 * The Ed25519 keys that owners sign with. An owner's first is registered by the bootstrap or the first publication;
 * each further one is endorsed by a signature of an earlier one, which is how clients follow a rotation.
 */
export const publisherKeys = sqliteTable(
  "publisher_keys",
  {
    owner: text("owner").notNull(),
    /** Raw 32 bytes in base64. */
    publicKey: text("public_key").notNull(),
    createdAt: text("created_at").notNull(),
    /** The key that signed for this one; null for a first key, and for one that an operator registered. */
    endorsedBy: text("endorsed_by"),
    /** That key's signature over the endorsement's text (shared/artifact/endorse.ts), base64. */
    endorsement: text("endorsement"),
    /** Since when it signs no new versions, its successor doing so; what it signed stays good. */
    retiredAt: text("retired_at"),
    /** Since when nothing may rest on it. */
    revokedAt: text("revoked_at"),
    revokedReason: text("revoked_reason"),
  },
  (table) => [primaryKey({ columns: [table.owner, table.publicKey] })],
);

/** Quotas that an operator set for an owner; without a row, or with nulls, the defaults hold. */
export const owners = sqliteTable("owners", {
  owner: text("owner").primaryKey(),
  createdAt: text("created_at").notNull(),
  /** Of weights, in all. Bytes. */
  quotaBytes: integer("quota_bytes"),
  /** In all. */
  quotaReleases: integer("quota_releases"),
});

/** Who a teacher's name belongs to: the owner who first published it, or to whom it was transferred. */
export const teachers = sqliteTable(
  "teachers",
  {
    name: text("name").primaryKey(),
    owner: text("owner").notNull(),
    createdAt: text("created_at").notNull(),
    visibility: text("visibility", { enum: ["public", "private"] })
      .notNull()
      .default("public"),
    /** The name with what looks alike made the same (teachers/look-alike.ts): two owners can't have two such names. */
    skeleton: text("skeleton").notNull().default(""),
    /** Versions published and reports received: names near those of popular teachers are refused to others. */
    popularity: integer("popularity").notNull().default(0),
  },
  (table) => [
    index("teachers_by_skeleton").on(table.skeleton),
    index("teachers_by_popularity").on(table.popularity),
    index("teachers_of_owner").on(table.owner, table.name),
  ],
);

/** A name on offer to another owner, until that one accepts. */
export const transfers = sqliteTable("transfers", {
  name: text("name")
    .primaryKey()
    .references(() => teachers.name),
  fromOwner: text("from_owner").notNull(),
  toOwner: text("to_owner").notNull(),
  offeredAt: text("offered_at").notNull(),
});

/**
 * Immutable (a trigger refuses updates, and deletions of what has no tombstone): the signed manifest as it came, and
 * what lists show of it. What may change about a release is in {@link releaseStates} and {@link distTags}.
 */
export const releases = sqliteTable(
  "releases",
  {
    name: text("name")
      .notNull()
      .references(() => teachers.name),
    version: text("version").notNull(),
    /** Orders like semantic versions do, as text (teachers/precedence.ts). */
    precedence: text("precedence").notNull(),
    /** 0 for a prerelease. */
    stable: integer("stable").notNull(),
    manifest: text("manifest").notNull(),
    /** SHA-256 of the manifest's bytes: the ETag, and what "same content" means. */
    manifestSha256: text("manifest_sha256").notNull(),
    signature: text("signature").notNull(),
    publicKey: text("public_key").notNull(),
    description: text("description").notNull(),
    family: text("family").notNull(),
    classes: integer("classes").notNull(),
    tasks: text("tasks", { mode: "json" }).$type<string[]>().notNull(),
    weightsSha256: text("weights_sha256").notNull(),
    weightsBytes: integer("weights_bytes").notNull(),
    publisher: text("publisher").notNull(),
    publishedAt: text("published_at").notNull(),
    /** Name and description in lower case, for `q`. */
    searchText: text("search_text").notNull(),
    /** Of the request that inserted the row: tells the winner of a race from the others. */
    requestId: text("request_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    index("releases_newest").on(table.name, table.stable, table.precedence),
    index("releases_by_weights").on(table.weightsSha256),
    index("releases_by_key").on(table.publicKey),
  ],
);

/** What has happened to a release since: a row only where something has. Outlives the release when it is removed. */
export const releaseStates = sqliteTable(
  "release_states",
  {
    name: text("name").notNull(),
    version: text("version").notNull(),
    /** Since when it answers to its exact version only. */
    yankedAt: text("yanked_at"),
    yankedReason: text("yanked_reason"),
    /** What users of it are told. */
    deprecated: text("deprecated"),
    /** Since when it is gone: the release's row and its weights are deleted, this tombstone stays (410). */
    removedAt: text("removed_at"),
    removedReason: text("removed_reason"),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

/** `beta` → 1.3.0-rc.1: names for versions that their owner moves. `latest` is among them only if it was set. */
export const distTags = sqliteTable(
  "dist_tags",
  {
    name: text("name")
      .notNull()
      .references(() => teachers.name),
    tag: text("tag").notNull(),
    version: text("version").notNull(),
    updatedAt: text("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.tag] }),
    index("dist_tags_by_tag").on(table.tag, table.name),
  ],
);

/**
 * One row for each teacher that has anything to show: the release that `latest` resolves to. Kept by triggers
 * (migration 0002), so that whatever writes releases, states, tags or visibility keeps it right; never written by code.
 * The virtual table `listing_text` (FTS5, trigram) has a row of the same id: name, description, tasks.
 */
export const listings = sqliteTable(
  "listings",
  {
    id: integer("id").primaryKey(),
    name: text("name").notNull().unique(),
    version: text("version").notNull(),
    family: text("family").notNull(),
    owner: text("owner").notNull(),
    visibility: text("visibility", { enum: ["public", "private"] }).notNull(),
  },
  (table) => [
    index("listings_public").on(table.visibility, table.name),
    index("listings_by_family").on(table.visibility, table.family, table.name),
  ],
);

/** The tasks of the release in {@link listings}; kept by the same triggers. */
export const listingTasks = sqliteTable(
  "listing_tasks",
  { task: text("task").notNull(), name: text("name").notNull() },
  (table) => [
    primaryKey({ columns: [table.task, table.name] }),
    index("listing_tasks_of_name").on(table.name),
  ],
);

/**
 * Who has uploaded which weights: a row before the bytes are put into the bucket, one for each owner who had the bytes.
 * Says who may publish them, whose quota they count to, and what a sweep may remove.
 */
export const weights = sqliteTable(
  "weights",
  {
    sha256: text("sha256").notNull(),
    owner: text("owner").notNull(),
    bytes: integer("bytes").notNull(),
    createdAt: text("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sha256, table.owner] }),
    index("weights_of_owner").on(table.owner, table.bytes),
    index("weights_by_age").on(table.createdAt),
  ],
);

/** An upload in parts that is under way. Its bytes lie under `uploads/<id>` until their digest is found right. */
export const uploads = sqliteTable(
  "uploads",
  {
    id: text("id").primaryKey(),
    owner: text("owner").notNull(),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
    partBytes: integer("part_bytes").notNull(),
    /** R2's name for it. */
    multipartId: text("multipart_id").notNull(),
    createdAt: text("created_at").notNull(),
  },
  (table) => [
    index("uploads_of_owner").on(table.owner, table.sha256),
    index("uploads_by_age").on(table.createdAt),
  ],
);

export const uploadParts = sqliteTable(
  "upload_parts",
  {
    uploadId: text("upload_id")
      .notNull()
      .references(() => uploads.id, { onDelete: "cascade" }),
    /** From 1. */
    part: integer("part").notNull(),
    etag: text("etag").notNull(),
    bytes: integer("bytes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.part] })],
);

/** What a client told, with its user's consent, of how a teacher did: numbers only. One for each reporter and setting. */
export const reports = sqliteTable(
  "reports",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    version: text("version").notNull(),
    task: text("task").notNull(),
    /** Of the student's number of weights, such as `1e4-1e5`. */
    sizeBucket: text("size_bucket").notNull(),
    /** Fractions of 1. */
    errorWith: real("error_with").notNull(),
    errorWithout: real("error_without").notNull(),
    /** Students behind each of the two. */
    seeds: integer("seeds").notNull().default(1),
    /** A salted hash, only to tell repetitions. */
    reporter: text("reporter").notNull(),
    createdAt: text("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("reports_of_teacher").on(
      table.name,
      table.version,
      table.task,
      table.sizeBucket,
      table.reporter,
    ),
    index("reports_of_reporter").on(table.name, table.reporter),
    index("reports_by_age").on(table.createdAt),
  ],
);

/** One row for each write, never changed or deleted (triggers refuse it). */
export const audit = sqliteTable(
  "audit",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: text("at").notNull(),
    /** Who did it. */
    owner: text("owner").notNull(),
    /** `release.publish`, `token.revoke`…: what was done (audit/actions.ts). */
    action: text("action").notNull(),
    /** A weights digest, `name@version`, a token's id, a key. */
    subject: text("subject").notNull(),
    requestId: text("request_id").notNull(),
    /** Whose the subject is, where that is another than who did it: that owner may read the row, too. */
    concerns: text("concerns"),
    tokenId: text("token_id"),
    /** A reason, or what it was before. */
    detail: text("detail"),
  },
  (table) => [
    index("audit_of_owner").on(table.owner, table.id),
    index("audit_concerning").on(table.concerns, table.id),
    index("audit_of_subject").on(table.subject, table.id),
  ],
);

/** What each run of the scheduled sweep did. */
export const sweeps = sqliteTable("sweeps", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  startedAt: text("started_at").notNull(),
  finishedAt: text("finished_at"),
  scanned: integer("scanned").notNull().default(0),
  removed: integer("removed").notNull().default(0),
  /** What failed, in words; null for nothing. */
  failure: text("failure"),
});
