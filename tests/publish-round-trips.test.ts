import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey, signManifest } from "@lectern/shared/artifact";
import { publishTeacher } from "@lectern/client/connect";
import { expect, it } from "vitest";
import { makeTeacher } from "../bench/api/teachers.ts";
import { startApi } from "../scripts/dev-server.ts";

it("publishes a megabyte in at most five round trips", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-trips-"));
  const api = await startApi({ port: 0, persistTo: join(folder, "api"), quiet: true });
  try {
    const key = await generateSigningKey();
    const { manifest, weights } = await makeTeacher("large", { classes: 100, keys: 13, key, owner: "local" });
    expect(weights.length).toBeGreaterThan(1_000_000);
    const signed = await signManifest(JSON.stringify(manifest), key);
    const trips: string[] = [];
    const release = await publishTeacher(api.url, {
      signed,
      weights,
      token: api.token,
      fetch: (input, init) => {
        trips.push(`${init?.method ?? "GET"} ${new URL(String(input)).pathname.split("/")[2]}`);
        return fetch(input, init);
      },
    });
    expect(release).toMatchObject({ name: "large", version: "1.0.0" });
    expect(trips).toEqual(["HEAD weights", "PUT weights", "PUT teachers"]);
    expect(trips.length).toBeLessThanOrEqual(5);
  } finally {
    await api.stop();
    await rm(folder, { recursive: true });
  }
});
