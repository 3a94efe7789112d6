import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";

/**
 * Raise it only in the commit that says why. It includes zod, its OpenAPI generator, Hono, drizzle and semver; the
 * alias in wrangler.toml keeps zod's languages out (38 KB).
 */
const maxGzippedBytes = 120_000;

const top = fileURLToPath(new URL("..", import.meta.url));
let folder: string;
let worker: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-worker-"));
  const wrangler = join(top, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
    cwd: top,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false" },
  });
  worker = await readFile(join(folder, "worker.js"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it("is small, as wrangler would deploy it", () => {
  const bytes = gzipSync(worker).length;
  expect(bytes).toBeLessThanOrEqual(maxGzippedBytes);
  // The bundle is the whole Worker, not a stub of it.
  expect(bytes).toBeGreaterThan(50_000);
});

it("holds no TensorFlow.js, and nothing else that belongs elsewhere", () => {
  const text = worker.toString();
  for (const stranger of ["tfjs", "tensorflow", "webgpu", "node:fs", "miniflare"]) {
    expect(text.toLowerCase().includes(stranger.toLowerCase()), stranger).toBe(false);
  }
});
