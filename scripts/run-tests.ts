import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";

/**
 * `npm test`: every test but the soaks. The runner's own report is left in .lectern/test-report.json, from which
 * .ci/run counts. Further arguments filter by file name.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const report = join(top, ".lectern/test-report.json");
await mkdir(join(top, ".lectern"), { recursive: true });
await rm(report, { force: true });
await startVitest("test", process.argv.slice(2), {
  root: top,
  run: true,
  watch: false,
  project: ["unit", "engine", "api", "e2e"],
  reporters: ["default", "json"],
  outputFile: { json: report },
});
