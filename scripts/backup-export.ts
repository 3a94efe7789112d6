import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { exportTo } from "./backup/export.ts";
import { openLocalStorage, openRemoteStorage } from "./backup/storage.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

/** `npm run api:export -- DIR [--persist-to FOLDER | --remote --env production]`. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "persist-to": { type: "string", default: join(top, ".lectern/api") },
      remote: { type: "boolean", default: false },
      env: { type: "string", default: "production" },
    },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new LecternError("invalid-argument", "One folder is expected.", "npm run api:export -- DIR");
  }
  await using storage = values.remote
    ? await openRemoteStorage(values.env)
    : await openLocalStorage(values["persist-to"]);
  const { tables, blobs } = await exportTo(folder, storage);
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
  process.stdout.write(`Exported ${rows} rows and ${blobs.length} weights.\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
