import { beforeAll, expect, it } from "vitest";
import { bundleDeployedWorker, ceilings, gzipped } from "../scripts/sizes.ts";

let worker: Uint8Array;

beforeAll(async () => {
  worker = await bundleDeployedWorker();
});

it("is small, as wrangler would deploy it", () => {
  expect(gzipped(worker)).toBeLessThanOrEqual(ceilings.worker);
  // The bundle is the whole Worker, not a stub of it.
  expect(gzipped(worker)).toBeGreaterThan(50_000);
});

it("holds no TensorFlow.js, and nothing else that belongs elsewhere", () => {
  const text = new TextDecoder().decode(worker);
  for (const stranger of ["tfjs", "tensorflow", "webgpu", "node:fs", "miniflare"]) {
    expect(text.toLowerCase().includes(stranger.toLowerCase()), stranger).toBe(false);
  }
});
