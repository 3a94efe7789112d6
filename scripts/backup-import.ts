import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { importFrom } from "./backup/import.ts";
import { openLocalStorage, openRemoteStorage } from "./backup/storage.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

/** `npm run api:import -- DIR [--persist-to FOLDER | --remote --env production]`. */
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
    throw new LecternError("invalid-argument", "One folder is expected.", "npm run api:import -- DIR");
  }
  await using storage = values.remote
    ? await openRemoteStorage(values.env)
    : await openLocalStorage(values["persist-to"]);
  const { tables, blobs } = await importFrom(folder, storage);
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
  process.stdout.write(`Imported ${rows} rows and ${blobs.length} weights.\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
