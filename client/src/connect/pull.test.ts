import { readWeights } from "@lectern/shared/artifact";
import { describe, expect, it } from "vitest";
import { answerBytes, answerJson, answerProblem, startApi, staySilent } from "../../node/fake-api.ts";
import { manifest, signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { exact, good, latest, refusal } from "../../node/pull-trials.ts";
import { connect, memoryCache } from "./index.ts";
import { sleep } from "./recover.ts";

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

describe("a cache", () => {
  it("spares the second download", async () => {
    await using api = await startApi(good);
    const { teacher } = connect(api.url, { cache: memoryCache() });
    await teacher("fixture-glyphs@1.0.0");
    const progress: unknown[] = [];
    const again = await teacher("fixture-glyphs@1.0.0", { onProgress: (p) => progress.push(p) });
    expect(again.weights).toEqual(weights);
    expect(progress).toEqual([{ receivedBytes: 584, totalBytes: 584 }]);
    // Its owner's keys are pinned the first time.
    const keys = "GET /v1/owners/lectern-tests/keys";
    expect(api.log).toEqual([exact, keys, `GET ${weightsPath}`, exact]);
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
