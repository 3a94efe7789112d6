import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deploy } from "../scripts/deploy.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-deploy-"));
});

afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["staging", "lectern-staging", "all"],
  ["production", "lectern", "notable"],
] as const)("builds %s as it would be deployed, without an account", async (environment, database, log) => {
  let said = "";
  const outDir = join(folder, environment);
  await deploy({ environment, dryRun: true, outDir, say: (text) => (said += text) });
  expect(said).toContain("--dry-run: exiting now.");
  // Bindings aren't inherited by environments: one that is forgotten there is missing in production only.
  for (const binding of [
    `env.DB (${database})`,
    "env.WEIGHTS (lectern-weights",
    "env.METRICS (lectern_requests",
    "env.ADDRESS_LIMIT (1200 requests/60s)",
    "env.TOKEN_LIMIT (600 requests/60s)",
    "env.EMIT_LIMIT (600 requests/60s)",
    "env.REPORT_LIMIT (10 requests/60s)",
    "env.ASSETS",
    `env.LOG ("${log}")`,
  ])
    expect(said).toContain(binding);
  expect(await readdir(outDir)).toContain("worker.js");
});

it("refuses another environment before anything is built", async () => {
  await expect(deploy({ environment: "prod" as "production", dryRun: true })).rejects.toMatchObject({
    code: "invalid-argument",
  });
});
