import { env } from "cloudflare:test";
import { sha256Hex } from "@lectern/shared/artifact";
import { beforeAll, describe, expect, it } from "vitest";
import { makeWeights, putWeights, type Weights } from "../../test/releases.ts";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";

let token: string;
let weights: Weights;
let path: string;

beforeAll(async () => {
  token = await addToken("ada");
  weights = await makeWeights();
  path = `/v1/weights/${weights.sha256}`;
});

const put = (to: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
  request(to, {
    method: "PUT",
    body,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/octet-stream", ...headers },
  });

describe("PUT /v1/weights/{sha256}", () => {
  it("stores once, says so, and audits the write", async () => {
    const first = await putWeights(weights, token);
    expect(first.status).toBe(201);
    expect(await first.json()).toEqual({ sha256: weights.sha256, bytes: weights.bytes.length });
    const again = await putWeights(weights, token);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ sha256: weights.sha256, bytes: weights.bytes.length });
    expect(await readAudit()).toEqual([
      {
        owner: "ada",
        action: "weights.put",
        subject: weights.sha256,
        request_id: first.headers.get("X-Request-Id"),
      },
    ]);
    const object = await env.WEIGHTS.get(`weights/${weights.sha256}`);
    expect(new Uint8Array(await object!.arrayBuffer())).toEqual(weights.bytes);
  });

  it("stores once also when asked many times at once", async () => {
    const other = await makeWeights(2);
    const answers = await Promise.all(Array.from({ length: 6 }, () => putWeights(other, token)));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 201]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  });

  it("refuses a flipped bit, before and after it is stored", async () => {
    const flipped = weights.bytes.slice();
    flipped[flipped.length - 1]! ^= 1;
    const { detail } = await expectProblem(await put(path, flipped), "digest-mismatch");
    expect(detail).toContain(`expected ${weights.sha256}`);
    const unknown = "0".repeat(64);
    await expectProblem(await put(`/v1/weights/${unknown}`, flipped), "digest-mismatch");
    expect(await env.WEIGHTS.head(`weights/${unknown}`)).toBeNull();
  });

  it("refuses what isn't safetensors, and an empty body", async () => {
    for (const bytes of [new TextEncoder().encode("not weights at all"), new Uint8Array()]) {
      const digest = await sha256Hex(bytes);
      await expectProblem(await put(`/v1/weights/${digest}`, bytes), "invalid-weights");
      expect(await env.WEIGHTS.head(`weights/${digest}`)).toBeNull();
    }
  });

  it("refuses more than 32 MiB, with and without a length", async () => {
    const huge = new Uint8Array(32 * 1024 * 1024 + 1);
    await expectProblem(await put(path, huge), "body-too-large");
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const writing = writer.write(huge).then(() => writer.close());
    await expectProblem(await put(path, readable), "body-too-large");
    await writing.catch(() => undefined);
  });

  it("refuses other media types and encodings", async () => {
    for (const headers of [{ "Content-Type": "text/plain" }, { "Content-Encoding": "gzip" }]) {
      await expectProblem(await put(path, weights.bytes, headers), "unsupported-media-type");
    }
  });

  it("refuses an address that is no digest", async () => {
    for (const digest of ["abc", weights.sha256.toUpperCase(), `${weights.sha256}0`]) {
      await expectProblem(await put(`/v1/weights/${digest}`, weights.bytes), "invalid-request");
    }
  });
});

describe("GET and HEAD /v1/weights/{sha256}", () => {
  const get = (headers: Record<string, string> = {}, method = "GET") => request(path, { method, headers });
  beforeAll(async () => {
    await (await putWeights(weights, token)).arrayBuffer();
  });

  it("gives the bytes, immutable, to any page", async () => {
    const answer = await get({ Origin: "https://page.test" });
    expect(answer.status).toBe(200);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(weights.bytes);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=31536000, immutable",
      "content-length": String(weights.bytes.length),
      "content-type": "application/octet-stream",
      etag: `"${weights.sha256}"`,
    });
  });

  it("gives the headers alone to HEAD", async () => {
    const answer = await get({}, "HEAD");
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("");
    expect(answer.headers.get("Content-Length")).toBe(String(weights.bytes.length));
    expect(answer.headers.get("ETag")).toBe(`"${weights.sha256}"`);
  });

  it("answers 304 to one that has them", async () => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await get({ "If-None-Match": `W/"${weights.sha256}"` }, method);
      expect(answer.status).toBe(304);
      expect(answer.headers.get("ETag")).toBe(`"${weights.sha256}"`);
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(await answer.text()).toBe("");
    }
    const stale = await get({ "If-None-Match": '"other"' });
    expect(stale.status).toBe(200);
    await stale.arrayBuffer();
  });

  it("gives a range", async () => {
    const size = weights.bytes.length;
    const first = await get({ Range: "bytes=0-7" });
    expect(first.status).toBe(206);
    expect(first.headers.get("Content-Range")).toBe(`bytes 0-7/${size}`);
    expect(first.headers.get("Content-Length")).toBe("8");
    expect(new Uint8Array(await first.arrayBuffer())).toEqual(weights.bytes.subarray(0, 8));
    const rest = await get({ Range: "bytes=8-", "If-Range": `"${weights.sha256}"` });
    expect(rest.status).toBe(206);
    expect(new Uint8Array(await rest.arrayBuffer())).toEqual(weights.bytes.subarray(8));
  });

  it("gives all where a range is to be ignored", async () => {
    for (const headers of [
      { Range: "bytes=0-7", "If-Range": '"other"' },
      { Range: "bytes=0-1,3-4" },
    ] as Record<string, string>[]) {
      const answer = await get(headers);
      expect(answer.status).toBe(200);
      expect((await answer.arrayBuffer()).byteLength).toBe(weights.bytes.length);
    }
  });

  it("refuses a range beyond the end", async () => {
    const answer = await get({ Range: "bytes=99999-" });
    expect(answer.headers.get("Content-Range")).toBe(`bytes */${weights.bytes.length}`);
    await expectProblem(answer, "range-not-satisfiable");
  });

  it("knows what it has not", async () => {
    const path = `/v1/weights/${"0".repeat(64)}`;
    await expectProblem(await request(path), "unknown-weights");
    await expectProblem(await request(path, { headers: { Range: "bytes=0-1" } }), "unknown-weights");
    await expectProblem(await request(path, { headers: { "If-None-Match": "*" } }), "unknown-weights");
    const head = await request(path, { method: "HEAD" });
    expect(head.status).toBe(404);
    await expectProblem(await request("/v1/weights/nonsense"), "invalid-request");
  });
});

describe("weights that no release has", () => {
  it("are there for their uploaders' tokens, not for others', nor while they are being removed", async () => {
    const fresh = await makeWeights(7);
    await (await putWeights(fresh, token)).arrayBuffer();
    const head = async (by?: string) => {
      const headers: Record<string, string> = by === undefined ? {} : { Authorization: `Bearer ${by}` };
      return (await request(`/v1/weights/${fresh.sha256}`, { method: "HEAD", headers })).status;
    };
    // A publisher who was told that they are there would not upload them, and could then not publish them.
    expect([await head(token), await head(await addToken("bob")), await head()]).toEqual([200, 404, 200]);
    await env.DB.prepare("UPDATE weights SET owner = '' WHERE sha256 = ?").bind(fresh.sha256).run();
    expect([await head(token), await head()]).toEqual([404, 404]);
  });
});
