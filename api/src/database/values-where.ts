import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/**
 * A row for `db.insert(table).select(…)` that is inserted only if the condition holds at that moment, in the same
 * transaction: a column that the row leaves out is NULL.
 */
export function valuesWhere<Table extends SQLiteTable>(
  table: Table,
  row: Table["$inferInsert"],
  condition: SQL,
): SQL {
  const values = Object.entries(getTableColumns(table)).map(([key, column]) =>
    key in row ? sql`${sql.param(row[key as keyof typeof row], column)}` : sql`NULL`,
  );
  return sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`;
}
