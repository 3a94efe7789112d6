import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Publishers' bearer tokens. Only the SHA-256 of a token is stored: the tokens are 256 random bits, so a plain hash
 * can't be guessed backwards, and finding the row by the hash tells a timing attacker nothing about the token.
 */
export const tokens = sqliteTable("tokens", {
  hash: text("hash").primaryKey(),
  owner: text("owner").notNull(),
  /** Separated by spaces: `publish`. */
  scopes: text("scopes").notNull(),
  createdAt: text("created_at").notNull(),
  /** RFC 3339, or null for never. */
  expiresAt: text("expires_at"),
  revokedAt: text("revoked_at"),
});

/** The Ed25519 key that an owner signs with: registered by the bootstrap, or pinned by the first publication. */
export const publisherKeys = sqliteTable("publisher_keys", {
  owner: text("owner").primaryKey(),
  /** Raw 32 bytes in base64. */
  publicKey: text("public_key").notNull(),
  createdAt: text("created_at").notNull(),
});

/** Who a teacher's name belongs to: the owner who first published it. */
export const teachers = sqliteTable("teachers", {
  name: text("name").primaryKey(),
  owner: text("owner").notNull(),
  createdAt: text("created_at").notNull(),
});

/** Immutable (a trigger refuses updates): the signed manifest as it came, and what lists show of it. */
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
  ],
);

/** One row for each write, never changed or deleted (triggers refuse it). */
export const audit = sqliteTable("audit", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  at: text("at").notNull(),
  owner: text("owner").notNull(),
  action: text("action", { enum: ["weights.put", "release.publish"] }).notNull(),
  /** A weights digest, or `name@version`. */
  subject: text("subject").notNull(),
  requestId: text("request_id").notNull(),
});
