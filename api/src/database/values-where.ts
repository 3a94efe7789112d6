import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/**
 * A row for `db.insert(table).select(…)` that is inserted only if the condition holds at that moment, in the same
 * transaction: a column that the row leaves out has its default, or NULL.
 */
export function valuesWhere<Table extends SQLiteTable>(
  table: Table,
  row: Table["$inferInsert"],
  condition: SQL,
): SQL {
  const values = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = row[key as keyof typeof row] ?? column.default ?? null;
    return value === null ? sql`NULL` : sql`${sql.param(value, column)}`;
  });
  return sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`;
}
