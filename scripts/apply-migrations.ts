import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare } from "miniflare";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/**
 * Applies the migrations that the database has not had, each in one transaction, and notes them where
 * `wrangler d1 migrations apply` does, so that either can go on after the other.
 *
 * @param folder of `NNNN_name.sql` files by drizzle-kit
 * @returns the names of those applied now
 */
export async function applyMigrations(database: Database, folder: string): Promise<string[]> {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, " +
        "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const names = (await readdir(folder))
    .filter((name) => name.endsWith(".sql") && !applied.has(name))
    .toSorted();
  for (const name of names) {
    const statements = (await readFile(join(folder, name), "utf8")).split("--> statement-breakpoint");
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return names;
}
