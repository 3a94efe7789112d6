import { Command } from "commander";
import { connect } from "@lectern/client/connect";
import type { Release } from "@lectern/shared/schema";
import { apiUrl, askApi, timeoutOption, urlOption } from "./api-flags.ts";

interface Flags {
  url?: string;
  timeout: number;
  query?: string;
  json: boolean;
}

export const listCommand = (): Command =>
  new Command("list")
    .description("List the teachers of an API, or the releases of one.")
    .argument("[name]", "a teacher")
    .addOption(urlOption())
    .addOption(timeoutOption())
    .option("--query <text>", "part of a name or description")
    .option("--json", "print JSON", false)
    .action(async (name: string | undefined, { url, timeout, query, json }: Flags) => {
      const connection = connect(apiUrl(url), { timeoutMs: 1000 * timeout });
      const releases = await askApi(
        name ? connection.page(name).then((page) => page.releases) : all(connection, query),
      );
      if (json) return void process.stdout.write(`${JSON.stringify(releases, undefined, 2)}\n`);
      if (releases.length === 0)
        return void process.stdout.write("No teachers yet. Publish one with lectern publish.\n");
      process.stdout.write(`${table(releases)}\n`);
    });

async function all(connection: ReturnType<typeof connect>, query: string | undefined): Promise<Release[]> {
  const found: Release[] = [];
  let cursor: string | null = null;
  do {
    const page = await connection.list({
      ...(cursor !== null && { cursor }),
      ...(query !== undefined && { query }),
    });
    found.push(...page.teachers);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

function table(releases: readonly Release[]): string {
  const rows = [
    ["teacher", "version", "family", "classes", "tasks", "publisher", "published", "description"],
    ...releases.map((r) => [
      r.name,
      r.version,
      r.family,
      String(r.classes),
      r.tasks.join(","),
      r.publisher,
      r.publishedAt.slice(0, 10),
      r.description.slice(0, 50),
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
