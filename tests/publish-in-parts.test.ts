import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey, signManifest } from "@lectern/shared/artifact";
import { connect, publishTeacher } from "@lectern/client/connect";
import { expect, it } from "vitest";
import { makeTeacher } from "../bench/api/teachers.ts";
import { startApi } from "../scripts/dev-server.ts";

it("publishes six megabytes in parts, goes on where it broke off, and pulls them again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-parts-"));
  const api = await startApi({ port: 0, persistTo: join(folder, "api"), quiet: true });
  try {
    const key = await generateSigningKey();
    const { manifest, weights } = await makeTeacher("vast", { classes: 100, keys: 78, key, owner: "local" });
    expect(weights.length).toBeGreaterThan(6_000_000);
    const signed = await signManifest(JSON.stringify(manifest), key);
    const trips: string[] = [];
    const shown: number[] = [];
    const publish = (breaksAt?: string) =>
      publishTeacher(api.url, {
        signed,
        weights,
        token: api.token,
        retries: 0,
        onProgress: ({ sentBytes }) => void shown.push(sentBytes),
        fetch: async (input, init) => {
          const { pathname } = new URL(String(input));
          const trip = `${init?.method ?? "GET"} ${pathname.replace(/[0-9a-f-]{36,64}/, "ID")}`;
          if (trip === breaksAt) throw new TypeError("fetch failed");
          trips.push(trip);
          return fetch(input, init);
        },
      });

    await expect(publish("PUT /v1/uploads/ID/parts/2")).rejects.toThrow(/can't be reached/);
    await expect(connect(api.url).teacher("vast")).rejects.toThrow(/no teacher named vast/);
    const begun = ["HEAD /v1/weights/ID", "POST /v1/uploads"];
    expect(trips.splice(0)).toEqual([...begun, "PUT /v1/uploads/ID/parts/1"]);

    const complete = "POST /v1/uploads/ID/completion";
    const last = ["PUT /v1/teachers/vast/versions/1.0.0"];
    await expect(publish(complete)).rejects.toThrow(/can't be reached/);
    expect(trips.splice(0)).toEqual([...begun, "PUT /v1/uploads/ID/parts/2"]);
    expect(await publish()).toMatchObject({ name: "vast", weights: { bytes: weights.length } });
    expect(trips.splice(0)).toEqual([...begun, complete, ...last]);
    expect([Math.min(...shown), shown.at(-1)]).toEqual([0, weights.length]);

    await publish();
    expect(trips).toEqual(["HEAD /v1/weights/ID", ...last]);
    const pulled = await connect(api.url).teacher("vast@1.0.0");
    expect(Buffer.compare(pulled.weights, weights)).toBe(0);
  } finally {
    await api.stop();
    await rm(folder, { recursive: true });
  }
});
