import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, mkdtemp, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey, sha256Hex, signManifest, verifySignedManifest } from "@lectern/shared/artifact";
import type { SignedManifest } from "@lectern/shared/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootstrapToken } from "../scripts/bootstrap-token.ts";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";
import { exampleManifest, exampleWeights } from "../shared/artifact/manifest-example.ts";

let folder: string;
let persistTo: string;
let api: RunningApi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-api-"));
  persistTo = join(folder, "api");
  api = await startApi({ port: 0, persistTo, quiet: true });
});

afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

function put(path: string, body: BodyInit, type: string, token: string): Promise<Response> {
  return fetch(api.url + path, {
    method: "PUT",
    body,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": type },
  });
}

async function publish(name: string, token: string, owner = "local"): Promise<SignedManifest> {
  const weights = exampleWeights(exampleManifest());
  const sha256 = await sha256Hex(weights);
  const key = await generateSigningKey();
  const manifest = exampleManifest({
    name,
    weights: { format: "safetensors", sha256, bytes: weights.length },
    publisher: { name: owner, publicKey: key.publicKey },
  });
  const signed = await signManifest(JSON.stringify(manifest), key);
  const uploaded = await put(`/v1/weights/${sha256}`, weights, "application/octet-stream", token);
  expect([200, 201]).toContain(uploaded.status);
  const path = `/v1/teachers/${name}/versions/1.0.0`;
  expect((await put(path, JSON.stringify(signed), "application/json", token)).status).toBe(201);
  const downloaded = await fetch(`${api.url}/v1/weights/${sha256}`);
  expect(new Uint8Array(await downloaded.arrayBuffer())).toEqual(weights);
  return signed;
}

describe("startApi", () => {
  it("serves the API, ready, with the migrations applied", async () => {
    const ready = await fetch(`${api.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ok" }]);
    expect(api.url).toBe(`http://127.0.0.1:${api.port}`);
  });

  it("keeps what was published, and its token, over a restart that leaves nothing on the port", async () => {
    const signed = await publish("kept", api.token);
    const { port, token } = api;
    await api.stop();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
    api = await startApi({ port, persistTo, quiet: true });
    expect([api.port, api.token]).toEqual([port, token]);
    const answer = await fetch(`${api.url}/v1/teachers/kept/versions/latest`);
    const envelope = (await answer.json()) as SignedManifest;
    expect(envelope).toEqual(signed);
    await verifySignedManifest(envelope);
    const audit = await fetch(`${api.url}/v1/audit`, { headers: { Authorization: `Bearer ${token}` } });
    const { entries } = (await audit.json()) as { entries: { action: string; owner: string }[] };
    // Registered at each start, done once.
    expect(entries.filter((entry) => entry.action === "token.create")).toEqual([
      expect.objectContaining({ owner: "operator", requestId: "bootstrap", concerns: "local" }),
    ]);
  });

  it("keeps its token to its user", async () => {
    const file = join(folder, "credentials.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ owner: "local", token: api.token });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("refuses a busy port, and what is no port, with a remedy", async () => {
    await expect(
      startApi({ port: api.port, persistTo: join(folder, "other"), quiet: true }),
    ).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(
        new RegExp(`^Port ${api.port} of 127.0.0.1 can't be used: another program`),
      ),
      remedy: expect.stringContaining("another port"),
    });
    for (const port of [-1, 65_536, 1.5, Number.NaN]) {
      await expect(startApi({ port, persistTo, quiet: true })).rejects.toMatchObject({
        code: "invalid-argument",
      });
    }
  });
});

it("takes workerd along when it is killed by SIGKILL", async () => {
  const server = spawn(
    process.execPath,
    ["scripts/dev-server.ts", "--port", "0", "--persist-to", join(folder, "killed/api"), "--quiet"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [said] = (await once(server.stdout, "data")) as [Buffer];
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]);
  // Held open, this connection ends when workerd does.
  const connection = connect(port, "127.0.0.1");
  connection.on("error", () => undefined);
  await once(connection, "connect");
  server.kill("SIGKILL");
  await once(connection, "close");
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
});

describe("bootstrapToken", () => {
  it("makes a token for another owner, which the API then takes", async () => {
    await api.stop();
    const token = await bootstrapToken("ada", { persistTo });
    api = await startApi({ port: 0, persistTo, quiet: true });
    expect(token).not.toBe(api.token);
    await publish("by-ada", token, "ada");
  });

  it("says that the migrations are missing where they are", async () => {
    await expect(bootstrapToken("ada", { persistTo: join(folder, "empty") })).rejects.toMatchObject({
      code: "bad-response",
      message: expect.stringContaining("no such table"),
      remedy: expect.stringContaining("migrations apply"),
    });
  });
});
