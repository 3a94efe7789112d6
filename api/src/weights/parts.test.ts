import { env } from "cloudflare:test";
import { serializeSafetensors, sha256Hex } from "@lectern/shared/artifact";
import type { UploadStatus, WeightsReceipt } from "@lectern/shared/schema";
import { beforeAll, expect, it, vi } from "vitest";
import type { Weights } from "../../test/releases.ts";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";
import { claimOrphans, claimStray, forgetWeights } from "./orphans.ts";
import { discardUpload, findStaleUploads, partBytes } from "./staged-upload.ts";

let ada: string;
let bob: string;
let weights: Weights;

/** Of two parts and a bit. */
async function makeLarge(seed: number): Promise<Weights> {
  const data = new Float32Array((2 * partBytes) / 4 + 1000).fill(seed);
  const bytes = Uint8Array.from(serializeSafetensors({ V: { shape: [data.length], data } }));
  return { bytes, sha256: await sha256Hex(bytes) };
}

beforeAll(async () => {
  ada = await addToken("ada");
  bob = await addToken("bob");
  weights = await makeLarge(1);
});

const send = (method: string, path: string, token: string, body?: unknown) =>
  request(path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const begin = async ({ sha256, bytes }: Weights, token = ada, length = bytes.length) => {
  const answer = await send("POST", "/v1/uploads", token, { sha256, bytes: length });
  return { status: answer.status, ...(await answer.json<UploadStatus>()) };
};
const sendPart = (id: string, part: number, bytes: Uint8Array, headers: Record<string, string> = {}) =>
  request(`/v1/uploads/${id}/parts/${part}`, {
    method: "PUT",
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { Authorization: `Bearer ${ada}`, "Content-Type": "application/octet-stream", ...headers },
  });
const cut = ({ bytes }: Weights, part: number) => bytes.slice((part - 1) * partBytes, part * partBytes);
const complete = (id: string) => send("POST", `/v1/uploads/${id}/completion`, ada);
const keys = async () => (await env.WEIGHTS.list()).objects.map(({ key }) => key);

it("takes weights in parts, in any order, again, and shows them only when they are whole", async () => {
  const { id, status, parts } = await begin(weights);
  expect([status, parts]).toEqual([201, []]);
  expect((await sendPart(id, 3, cut(weights, 3))).status).toBe(200);
  expect((await sendPart(id, 1, cut(weights, 1))).status).toBe(200);
  await expectProblem(await complete(id), "incomplete-upload");
  expect(await begin(weights)).toEqual({
    status: 200,
    id,
    sha256: weights.sha256,
    bytes: weights.bytes.length,
    partBytes,
    parts: [1, 3],
  });
  expect((await sendPart(id, 1, cut(weights, 1))).status).toBe(200);
  const last = await sendPart(id, 2, cut(weights, 2));
  expect((await last.json<UploadStatus>()).parts).toEqual([1, 2, 3]);
  expect((await request(`/v1/weights/${weights.sha256}`, { method: "HEAD" })).status).toBe(404);

  const answer = await complete(id);
  expect(answer.status).toBe(201);
  const { sha256, bytes } = await answer.json<WeightsReceipt>();
  expect([sha256, bytes]).toEqual([weights.sha256, weights.bytes.length]);
  const stored = await request(`/v1/weights/${sha256}`);
  expect(await sha256Hex(new Uint8Array(await stored.arrayBuffer()))).toBe(sha256);
  expect(await keys()).toEqual([`weights/${sha256}`]);
  await expectProblem(await complete(id), "unknown-upload");
  expect((await readAudit()).map(({ action }) => action)).toEqual(["upload.begin", "weights.put"]);
});

it("refuses parts of another length, beyond the end, damaged, or of another owner's upload", async () => {
  const other = await makeLarge(2);
  const { id } = await begin(other);
  await expectProblem(await sendPart(id, 1, cut(other, 3)), "invalid-request");
  await expectProblem(await sendPart(id, 4, cut(other, 3)), "invalid-request");
  await expectProblem(await sendPart(id, 0, cut(other, 3)), "invalid-request");
  await expectProblem(await sendPart(id, 1, new Uint8Array(partBytes + 1)), "body-too-large");
  const digest = btoa(String.fromCharCode(...new Uint8Array(32)));
  const damaged = await sendPart(id, 3, cut(other, 3), { "Content-Digest": `sha-256=:${digest}:` });
  await expectProblem(damaged, "digest-mismatch");
  const right = await crypto.subtle.digest("SHA-256", cut(other, 3));
  const header = `sha-256=:${btoa(String.fromCharCode(...new Uint8Array(right)))}:`;
  expect((await sendPart(id, 3, cut(other, 3), { "Content-Digest": header })).status).toBe(200);
  for (const [method, path] of [
    ["GET", ""],
    ["POST", "/completion"],
  ] as const)
    await expectProblem(await send(method, `/v1/uploads/${id}${path}`, bob), "unknown-upload");
  expect((await send("DELETE", `/v1/uploads/${id}`, bob)).status).toBe(204);
  expect((await begin(other)).parts).toEqual([3]);
  const left = await begin(other, bob);
  expect([left.status, left.parts]).toEqual([201, []]);
  const audited = (await readAudit()).length;
  for (let time = 0; time < 2; time++)
    expect((await send("DELETE", `/v1/uploads/${id}`, ada)).status).toBe(204);
  expect((await readAudit()).slice(audited).map(({ action }) => action)).toEqual(["upload.abort"]);
  await expectProblem(await send("GET", `/v1/uploads/${id}`, ada), "unknown-upload");
});

it("lets nobody have weights noted as theirs by naming their digest", async () => {
  const [own, wanted] = [await makeLarge(3), await makeLarge(4)];
  const { id } = await begin({ ...own, sha256: wanted.sha256 });
  for (const part of [1, 2, 3]) await (await sendPart(id, part, cut(own, part))).text();
  const { detail } = await expectProblem(await complete(id), "digest-mismatch");
  expect(detail).toContain(wanted.sha256);
  const noise = { bytes: new Uint8Array(100).fill(7), sha256: "" };
  noise.sha256 = await sha256Hex(noise.bytes);
  const second = await begin(noise);
  await (await sendPart(second.id, 1, noise.bytes)).text();
  await expectProblem(await complete(second.id), "invalid-weights");
  const { results } = await env.DB.prepare("SELECT sha256 FROM weights").all();
  expect(results).toEqual([{ sha256: weights.sha256 }]);
  expect(await keys()).toEqual([`weights/${weights.sha256}`]);
});

it("goes on where a completion broke off", async () => {
  const other = await makeLarge(5);
  const { id } = await begin(other);
  for (const part of [1, 2, 3]) await (await sendPart(id, part, cut(other, part))).text();
  const key = `uploads/${id}`;
  const row = await env.DB.prepare("SELECT multipart_id FROM uploads WHERE id = ?")
    .bind(id)
    .first<{ multipart_id: string }>();
  const { results } = await env.DB.prepare(
    "SELECT part AS partNumber, etag FROM upload_parts WHERE upload_id = ?",
  )
    .bind(id)
    .all<R2UploadedPart>();
  await env.WEIGHTS.resumeMultipartUpload(key, row!.multipart_id).complete(results);
  expect((await complete(id)).status).toBe(201);
  expect(await keys()).toEqual([weights, other].map(({ sha256 }) => `weights/${sha256}`).toSorted());
});

it("counts uploads that nobody has completed to their owner's quota", async () => {
  const eve = await addToken("eve");
  await env.DB.prepare("INSERT INTO owners (owner, created_at, quota_bytes) VALUES ('eve', '', 1000)").run();
  const ask = (digit: string, bytes: number) =>
    send("POST", "/v1/uploads", eve, { sha256: digit.repeat(64), bytes });
  expect((await ask("a", 600)).status).toBe(201);
  const { detail } = await expectProblem(await ask("b", 600), "quota-exceeded");
  expect(detail).toContain("1200");
  expect((await ask("a", 600)).status).toBe(200);
  expect((await ask("c", 400)).status).toBe(201);
});

it("leaves nothing that a sweep doesn't find", async () => {
  const other = await makeLarge(6);
  const { id } = await begin(other);
  await (await sendPart(id, 1, cut(other, 1))).text();
  expect(await findStaleUploads(env.DB, "2020-01-01T00:00:00.000Z")).toEqual([]);
  const stale = await findStaleUploads(env.DB, "2999-01-01T00:00:00.000Z");
  expect(stale.map((upload) => upload.id)).toContain(id);
  for (const upload of stale) await discardUpload(env, upload);
  expect(await findStaleUploads(env.DB, "2999-01-01T00:00:00.000Z")).toEqual([]);

  expect(await claimOrphans(env.DB, "2020-01-01T00:00:00.000Z")).toEqual([]);
  const claimed = await claimOrphans(env.DB, "2999-01-01T00:00:00.000Z");
  expect(claimed.toSorted()).toEqual((await keys()).map((key) => key.slice("weights/".length)));
  // A claim that broke off is found again, but a young one is left to whose it is; meanwhile nobody can upload what is
  // being deleted.
  expect(await claimOrphans(env.DB, "2020-01-01T00:00:00.000Z")).toEqual([]);
  expect((await claimOrphans(env.DB, "2999-01-01T00:00:00.000Z")).toSorted()).toEqual(claimed.toSorted());
  const small = serializeSafetensors({ V: { shape: [1], data: Float32Array.of(1) } });
  const sha256 = await sha256Hex(small);
  const put = () =>
    request(`/v1/weights/${sha256}`, {
      method: "PUT",
      body: small,
      headers: { Authorization: `Bearer ${ada}`, "Content-Type": "application/octet-stream" },
    });
  expect(await claimStray(env.DB, sha256)).toBe(true);
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const busy = await put();
  expect(busy.headers.get("Retry-After")).toBe("5");
  await expectProblem(busy, "busy");
  expect(log).toHaveBeenCalledOnce();
  log.mockRestore();
  for (const digest of [...claimed, sha256]) await forgetWeights(env.DB, digest);
  expect((await put()).status).toBe(201);
  expect(await claimStray(env.DB, sha256)).toBe(false);
});
