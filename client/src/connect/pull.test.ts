import { generateSigningKey, readWeights, sha256Hex, signManifest } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import { describe, expect, it } from "vitest";
import {
  answerBytes,
  answerHalf,
  answerJson,
  answerProblem,
  hangUp,
  stall,
  startApi,
  staySilent,
} from "../../node/fake-api.ts";
import { manifest, resign, signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { connect, memoryCache, type ConnectOptions } from "./index.ts";
import { sleep } from "./transport.ts";

const exact = "GET /v1/teachers/fixture-glyphs/versions/1.0.0";
const latest = "GET /v1/teachers/fixture-glyphs/versions/latest";
const good = { [exact]: answerJson(signed), [`GET ${weightsPath}`]: answerBytes(weights) };

/** Options with which a retry waits for nobody, and what it would have waited. */
function impatient(options: ConnectOptions = {}) {
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  return { waits, options: { timeoutMs: 5000, wait, ...options } };
}

/** Half of a back-off is jitter. */
function expectBackOff(waits: number[], longest: number[]) {
  expect(waits).toHaveLength(longest.length);
  for (const [i, ms] of waits.entries()) {
    expect(ms).toBeGreaterThanOrEqual(longest[i]! / 2);
    expect(ms).toBeLessThanOrEqual(longest[i]!);
  }
}

async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (isLecternError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("accepted");
}

describe("a pull", () => {
  it("gives the teacher, and tells how the download proceeds", async () => {
    await using api = await startApi(good);
    const progress: [number, number][] = [];
    const teacher = await connect(api.url).teacher("fixture-glyphs@1.0.0", {
      onProgress: ({ receivedBytes, totalBytes }) => progress.push([receivedBytes, totalBytes]),
    });
    expect(teacher).toEqual({ manifest, signed, weights, tensors: readWeights(weights) });
    expect(progress[0]).toEqual([0, 584]);
    expect(progress.at(-1)).toEqual([584, 584]);
    expect(api.log).toEqual([exact, `GET ${weightsPath}`]);
  });

  it("asks for a range or the latest as it was told, below the API's own path", async () => {
    await using api = await startApi({
      ["GET /base/v1/teachers/fixture-glyphs/versions/>=1.0 <2"]: answerJson(signed),
      [`GET /base${weightsPath}`]: answerBytes(weights),
      [latest]: answerJson(signed),
      ...good,
    });
    expect((await connect(`${api.url}/base/`).teacher("fixture-glyphs@>=1.0 <2")).manifest.version).toBe(
      "1.0.0",
    );
    expect((await connect(api.url).teacher("fixture-glyphs")).manifest.version).toBe("1.0.0");
  });

  it("refuses a specification that can't be, without asking", async () => {
    await using api = await startApi(good);
    const { teacher, page } = connect(api.url);
    for (const spec of ["", "Glyphs", "a/../b", "@1.0.0", "glyphs@", "glyphs@ "]) {
      expect(await refusal(teacher(spec))).toMatch(/^invalid-argument: /);
    }
    expect(await refusal(page("../weights"))).toMatch(/^invalid-argument: /);
    expect(api.log).toEqual([]);
  });
});

describe("an API that fails", () => {
  it("is down: unreachable, after the retries, with growing waits", async () => {
    const api = await startApi({});
    await api[Symbol.asyncDispose]();
    const { waits, options } = impatient();
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs"))).toBe(
      `unreachable: The API at ${api.url} can't be reached (ECONNREFUSED). ` +
        "Check the address, or start it with `lectern dev`.",
    );
    expectBackOff(waits, [250, 500, 1000]);
  });

  it("is slow: timeout, without a retry", async () => {
    await using api = await startApi({ [exact]: staySilent });
    const { options } = impatient({ timeoutMs: 60 });
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toBe(
      `timeout: The API at ${api.url} didn't answer within 0.06 s. Try again, or pass a larger timeoutMs.`,
    );
    expect(api.log).toEqual([exact]);
  });

  it("stalls in the middle of the weights: timeout", async () => {
    await using api = await startApi({ ...good, [`GET ${weightsPath}`]: stall(weights) });
    const { options } = impatient({ timeoutMs: 150 });
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^timeout: .* didn't answer within 0\.15 s\./,
    );
  });

  it("answers 500, hangs up, is busy, and then works", async () => {
    await using api = await startApi({
      [exact]: [
        answerProblem(500, "Broken", "Wait"),
        hangUp,
        answerProblem(429, "Busy", "Wait", { "retry-after": "7" }),
        answerJson(signed),
      ],
      [`GET ${weightsPath}`]: [answerHalf(weights), answerBytes(weights)],
    });
    const { waits, options } = impatient();
    const received: number[] = [];
    const { teacher } = connect(api.url, options);
    const pulled = await teacher("fixture-glyphs@1.0.0", {
      onProgress: (p) => received.push(p.receivedBytes),
    });
    expect(pulled.weights).toEqual(weights);
    expect(waits[2]).toBe(7000);
    expectBackOff(waits.toSpliced(2, 1), [250, 500, 250]);
    expect(received.filter((bytes) => bytes === 0).length).toBe(2);
  });

  it.each([
    [500, "bad-response", 4],
    [503, "bad-response", 4],
    [429, "bad-response", 4],
    [404, "not-found", 1],
    [401, "unauthorized", 1],
    [403, "unauthorized", 1],
    [400, "invalid-argument", 1],
    [422, "invalid-argument", 1],
  ])("answers %i: %s after %i requests, in the API's own words", async (status, code, requests) => {
    await using api = await startApi({
      [exact]: answerProblem(status, "No\u001b[31m\nsuch  thing", "Do that."),
    });
    const said = await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"));
    expect(said).toBe(`${code}: The API at ${api.url} answered ${status}: No [31m such thing. Do that.`);
    expect(api.log.length).toBe(requests);
  });

  it("refuses without words: the status and a remedy", async () => {
    await using api = await startApi({
      [exact]: (_, response) => void response.writeHead(404).end("<html>"),
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toBe(
      `not-found: The API at ${api.url} answered 404. Check name, version and token.`,
    );
  });

  it("asks for more patience than anyone has: not retried", async () => {
    await using api = await startApi({
      [exact]: answerProblem(503, "Down", "Wait.", { "retry-after": "3600" }),
    });
    const { waits, options } = impatient();
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^bad-response: .*503: Down\./,
    );
    expect(waits).toEqual([]);
  });

  it.each([
    [
      "manifest",
      { ...good, [exact]: answerHalf(Buffer.from(JSON.stringify(signed)), "application/json") },
      exact,
    ],
    ["weights", { ...good, [`GET ${weightsPath}`]: answerHalf(weights) }, `GET ${weightsPath}`],
    [
      "weights, and calls it all",
      { ...good, [`GET ${weightsPath}`]: answerBytes(weights.subarray(0, 300)) },
      `GET ${weightsPath}`,
    ],
  ])("sends half of the %s: retried, then bad-response", async (_, routes, route) => {
    await using api = await startApi(routes);
    expect(await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"))).toBe(
      `bad-response: The API at ${api.url} sent half an answer, or no JSON. Try again later.`,
    );
    expect(api.log.filter((line) => line === route).length).toBe(4);
  });

  it("answers with a page of HTML: bad-response", async () => {
    await using api = await startApi({ [exact]: (_, response) => void response.end("<html>") });
    expect(await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^bad-response: .* sent half an answer, or no JSON\. Try again later\.$/,
    );
  });

  it.each([
    ["other JSON", { hello: "world" }, "The manifest's signature doesn't match"],
    ["null", null, "The manifest's signature doesn't match"],
    ["9 MB of JSON", "x".repeat(9_000_000), "sent more than 8000000 bytes"],
  ])("answers with %s: nothing that anyone signed", async (_, answer, words) => {
    await using api = await startApi({ [exact]: answerJson(answer) });
    const said = await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"));
    expect(said).toMatch(/^integrity: .* Pull it again, or ask its publisher\.$/);
    expect(said).toContain(words);
  });
});

describe("an artifact that isn't what it should be", () => {
  it("has weights with one flipped bit: integrity, and nothing enters the cache", async () => {
    const flipped = weights.slice();
    flipped[500]! ^= 1;
    await using api = await startApi({ ...good, [`GET ${weightsPath}`]: answerBytes(flipped) });
    const cache = memoryCache();
    const said = await refusal(connect(api.url, { cache }).teacher("fixture-glyphs@1.0.0"));
    expect(said).toMatch(/^integrity: The weights of fixture-glyphs 1\.0\.0 don't have the digest 5f75ecee/);
    expect(await cache.get(manifest.weights.sha256)).toBeUndefined();
  });

  it("has weights that go on and on: refused before they are all read", async () => {
    await using api = await startApi({
      ...good,
      [`GET ${weightsPath}`]: (_, response) => {
        const more = () => response.destroyed || response.write(Buffer.alloc(65_536), more);
        more();
      },
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toContain(
      `integrity: The API at ${api.url} sent more than 584 bytes.`,
    );
  });

  it("has a wrong signature", async () => {
    const altered = { ...signed, manifest: signed.manifest.replace("0.4", "0.0") };
    await using api = await startApi({ ...good, [exact]: answerJson(altered) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^integrity: The manifest's signature doesn't match\./,
    );
    expect(api.log).toEqual([exact]);
  });

  it("is signed by a stranger: integrity with trustedKeys", async () => {
    const key = await generateSigningKey();
    const forged = await signManifest(
      JSON.stringify({ ...manifest, publisher: { ...manifest.publisher, publicKey: key.publicKey } }),
      key,
    );
    await using api = await startApi({ ...good, [exact]: answerJson(forged) });
    const trustedKeys = [signed.publicKey];
    expect(await refusal(connect(api.url, { trustedKeys }).teacher("fixture-glyphs@1.0.0"))).toContain(
      `is signed with ${key.publicKey}, expected one of trustedKeys.`,
    );
    api.routes[exact] = answerJson(signed);
    expect((await connect(api.url, { trustedKeys }).teacher("fixture-glyphs@1.0.0")).manifest).toEqual(
      manifest,
    );
  });

  it.each([
    ["another version", { version: "1.0.1" }],
    ["another teacher", { name: "other-glyphs" }],
  ])("is %s than the one asked for", async (_, changes) => {
    await using api = await startApi({ ...good, [exact]: answerJson(await resign(changes)) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^integrity: http.* was asked for fixture-glyphs 1\.0\.0 and answered with \S+ \S+\./,
    );
  });

  it("is of a future format", async () => {
    await using api = await startApi({ ...good, [exact]: answerJson(await resign({ formatVersion: 2 })) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toBe(
      "unsupported: The manifest has format 2, expected at most 1. Update @lectern/client.",
    );
  });

  it("is larger than wanted: refused before the download", async () => {
    await using api = await startApi(good);
    expect(await refusal(connect(api.url, { maxWeightsBytes: 500 }).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^unsupported: .* have 584 bytes, expected at most 500\./,
    );
    expect(api.log).toEqual([exact]);
  });

  it("has weights that match their digest but aren't safetensors", async () => {
    const junk = new Uint8Array(16).fill(1);
    const sha256 = await sha256Hex(junk);
    const broken = await resign({ weights: { format: "safetensors", sha256, bytes: 16 } });
    await using api = await startApi({
      [exact]: answerJson(broken),
      [`GET /v1/weights/${sha256}`]: answerBytes(junk),
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^invalid-artifact: The header has .* in the weights file\./,
    );
  });
});

describe("a cache", () => {
  it("spares the second download", async () => {
    await using api = await startApi(good);
    const { teacher } = connect(api.url, { cache: memoryCache() });
    await teacher("fixture-glyphs@1.0.0");
    const progress: unknown[] = [];
    const again = await teacher("fixture-glyphs@1.0.0", { onProgress: (p) => progress.push(p) });
    expect(again.weights).toEqual(weights);
    expect(progress).toEqual([{ receivedBytes: 584, totalBytes: 584 }]);
    expect(api.log).toEqual([exact, `GET ${weightsPath}`, exact]);
  });

  it("isn't trusted: damaged weights are fetched again, and mended", async () => {
    await using api = await startApi(good);
    const cache = memoryCache();
    for (const damaged of [weights.slice(1), weights.map((byte, i) => (i === 400 ? byte ^ 4 : byte))]) {
      await cache.put(manifest.weights.sha256, damaged);
      expect((await connect(api.url, { cache }).teacher("fixture-glyphs@1.0.0")).weights).toEqual(weights);
      expect(await cache.get(manifest.weights.sha256)).toEqual(weights);
    }
  });
});

describe("an abort", () => {
  it("before, during and between requests: aborted", async () => {
    await using api = await startApi({
      [exact]: staySilent,
      [latest]: answerProblem(500, "Broken", "Wait."),
    });
    expect(await refusal(connect(api.url, { signal: AbortSignal.abort() }).teacher("fixture-glyphs"))).toBe(
      `aborted: The request to ${api.url} was aborted. Ask again.`,
    );
    const during = new AbortController();
    api.routes[exact] = () => during.abort();
    expect(
      await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0", { signal: during.signal })),
    ).toMatch(/^aborted: /);
    const between = new AbortController();
    const wait = async () => between.abort();
    expect(
      await refusal(connect(api.url, { wait, signal: between.signal }).teacher("fixture-glyphs")),
    ).toMatch(/^aborted: /);
    expect(api.log).toEqual([exact, latest]);
  });

  it("cuts a back-off short", async () => {
    const controller = new AbortController();
    const minute = sleep(60_000, controller.signal);
    controller.abort();
    await minute;
    await sleep(0, new AbortController().signal);
  });

  it("passes on what the caller's own callback throws", async () => {
    await using api = await startApi(good);
    const onProgress = () => {
      throw new RangeError("mine");
    };
    await expect(connect(api.url).teacher("fixture-glyphs@1.0.0", { onProgress })).rejects.toThrow(
      new RangeError("mine"),
    );
    expect(api.log.length).toBe(2);
  });
});

describe("a connection", () => {
  const release = {
    name: "fixture-glyphs",
    version: "1.0.0",
    description: "",
    family: "mixed",
    classes: 3,
    tasks: ["glyphs"],
    weights: { sha256: manifest.weights.sha256, bytes: 584 },
    publisher: "lectern-tests",
    publishedAt: "2026-11-23T10:00:00Z",
  };

  it("lists teachers by page, and the releases of one", async () => {
    await using api = await startApi({
      ["GET /v1/teachers?"]: answerJson({ teachers: [release], nextCursor: "a&b", later: 1 }),
      ["GET /v1/teachers?cursor=a&b&limit=5&q=gly"]: answerJson({ teachers: [], nextCursor: null }),
      ["GET /v1/teachers/fixture-glyphs"]: answerJson({ name: "fixture-glyphs", releases: [release] }),
    });
    const connection = connect(api.url);
    expect(await connection.list()).toEqual({ teachers: [release], nextCursor: "a&b" });
    expect(await connection.list({ cursor: "a&b", limit: 5, query: "gly" })).toEqual({
      teachers: [],
      nextCursor: null,
    });
    expect(await connection.page("fixture-glyphs")).toEqual({ name: "fixture-glyphs", releases: [release] });
  });

  it.each(["", "localhost:8787", "ftp://a", "http://user@a", "http://a?b=c", "//a"])(
    "refuses the address %j",
    (url) => {
      expect(() => connect(url)).toThrow(/^The API's address is ".*", expected http:/);
    },
  );

  it.each([{ timeoutMs: 0 }, { timeoutMs: NaN }, { retries: -1 }, { retries: 0.5 }])(
    "refuses %j",
    (options) => {
      expect(() => connect("http://localhost:1", options)).toThrow(/ is -?[\d.NaN]+, expected /);
    },
  );
});
