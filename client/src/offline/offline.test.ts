import { caches, Response as UndiciResponse } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerBytes, answerJson, answerProblem, startApi } from "../../node/fake-api.ts";
import { manifest, resign, signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { exact, refusal } from "../../node/pull-trials.ts";
import { connect } from "../connect/index.ts";
import { browserStorage, offline, type OfflineOptions, type OfflineStorage } from "./index.ts";

const range = "GET /v1/teachers/fixture-glyphs/versions/^1.0";
const owner = manifest.publisher.name;
const none = { endorsedBy: null, endorsement: null, retiredAt: null, revokedAt: null, revokedReason: null };
const key = { publicKey: signed.publicKey, createdAt: "2026-01-01T00:00:00.000Z", ...none };
const start = Date.parse("2026-11-24T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});
afterEach(() => {
  vi.useRealTimers();
});
const later = (seconds: number) => vi.setSystemTime(Date.now() + 1000 * seconds);

/** The Cache API as undici has it, which takes its own responses only. */
async function open(name: string) {
  const cache = await caches.open(name);
  return {
    match: (url: string) => cache.match(url),
    put: async (url: string, response: Response) =>
      cache.put(url, new UndiciResponse(await response.arrayBuffer())),
  };
}

let opened = 0;
/** Each time another cache, which is empty. */
const storage = (changes: Partial<CacheStorage> = {}, notKept: string[] = []): OfflineStorage => {
  return browserStorage({
    name: `teachers-${opened++}`,
    caches: { open, ...changes } as unknown as CacheStorage,
    onNotKept: ({ message }) => notKept.push(message),
  });
};

async function openApi() {
  const api = await startApi({
    [range]: answerJson(signed),
    [exact]: answerJson(signed),
    [`GET ${weightsPath}`]: answerBytes(weights),
    [`GET /v1/owners/${owner}/keys`]: answerJson({ owner, keys: [key] }),
  });
  const asked = () => api.log.splice(0).filter((line) => line === range || line === exact).length;
  return { api, asked };
}

const pulling = (url: string, kept: OfflineStorage, options: OfflineOptions = {}) => {
  const opened = offline(kept, options);
  const { teacher } = connect(url, { ...opened, retries: 0 });
  return {
    settled: opened.settled,
    version: async (spec = "^1.0") => (await teacher(`fixture-glyphs@${spec}`)).manifest.version,
  };
};

describe("a teacher that was pulled once", () => {
  it("needs no network again: a range, an exact version, in another session", async () => {
    const { api } = await openApi();
    const kept = storage();
    const first = pulling(api.url, kept);
    expect([await first.version(), await first.version("1.0.0")]).toEqual(["1.0.0", "1.0.0"]);
    await api[Symbol.asyncDispose]();
    const next = pulling(api.url, kept);
    for (const seconds of [0, 3600, 200_000, 1e8]) {
      later(seconds);
      expect([await next.version(), await next.version("1.0.0")]).toEqual(["1.0.0", "1.0.0"]);
      await next.settled();
    }
    expect(await refusal(next.version("^2.0"))).toMatch(/^unreachable: /);
  });

  it("is used without asking while fresh, then at once and asked anew in the background, then asked first", async () => {
    const { api, asked } = await openApi();
    await using _ = api;
    const news: unknown[] = [];
    const { version, settled } = pulling(api.url, storage(), {
      maxAge: 60,
      staleWhileRevalidate: 600,
      onRevalidated: (outcome) => news.push(outcome),
    });
    expect([await version(), asked()]).toEqual(["1.0.0", 1]);
    api.routes[range] = answerJson(await resign({ version: "1.1.0" }));
    later(60);
    expect([await version(), asked()]).toEqual(["1.0.0", 0]);
    later(1);
    expect(await version()).toBe("1.0.0");
    await settled();
    expect([asked(), news]).toEqual([
      1,
      [{ path: "/v1/teachers/fixture-glyphs/versions/%5E1.0", changed: true }],
    ]);
    expect([await version(), asked()]).toEqual(["1.1.0", 0]);
    api.routes[range] = answerJson(await resign({ version: "1.2.0" }));
    later(661);
    expect([await version(), asked()]).toEqual(["1.2.0", 1]);
  });

  it("is asked for once in the background, however many want it", async () => {
    const { api, asked } = await openApi();
    await using _ = api;
    const { version, settled } = pulling(api.url, storage(), { maxAge: 0 });
    await version();
    asked();
    later(1);
    await Promise.all([version(), version(), version()]);
    await settled();
    expect(asked()).toBe(1);
  });

  it("is used while the API is broken, for as long as staleIfError says", async () => {
    const { api } = await openApi();
    await using _ = api;
    const { version } = pulling(api.url, storage(), {
      maxAge: 0,
      staleWhileRevalidate: 0,
      staleIfError: 100,
    });
    await version();
    api.routes[range] = answerProblem(503, "Down", "Wait.");
    later(100);
    expect(await version()).toBe("1.0.0");
    later(1);
    expect(await refusal(version())).toMatch(/^bad-response: .*503: Down\./);
    api.routes[range] = answerProblem(404, "Gone", "Ask.");
    expect(await refusal(version())).toMatch(/^not-found: /);
  });
});

describe("what is kept", () => {
  it("is checked at each load: damaged weights and envelopes are fetched again", async () => {
    const { api, asked } = await openApi();
    await using _ = api;
    const kept = storage();
    const { version } = pulling(api.url, kept);
    await version();
    asked();
    const put = kept.store.put.bind(kept.store);
    const name = `${api.url.slice(7)}/v1/teachers/fixture-glyphs/versions/%5E1.0+answer`.replaceAll(
      /[^\w.+-]/g,
      "_",
    );
    const text = (await kept.store.get(name))!;
    await put(name, text.replace("0.4", "0.0"));
    expect([await version(), asked()]).toEqual(["1.0.0", 1]);
    await put(name, text.slice(0, 100));
    expect([await version(), asked()]).toEqual(["1.0.0", 1]);
    await kept.cache.put(manifest.weights.sha256, weights.slice(1));
    expect(await version()).toBe("1.0.0");
    expect(await kept.cache.get(manifest.weights.sha256)).toEqual(weights);
  });

  it("is nothing that nobody signed, and nothing that the pins refuse", async () => {
    const { api, asked } = await openApi();
    await using _ = api;
    const { version } = pulling(api.url, storage());
    const good = api.routes[range]!;
    api.routes[range] = answerJson({ ...signed, manifest: signed.manifest.replace("0.4", "0.0") });
    expect(await refusal(version())).toMatch(/^integrity: The manifest's signature is wrong/);
    api.routes[range] = answerJson(await resign({ version: "3.0.0" }));
    expect(await refusal(version())).toMatch(/^integrity: .*isn't in that range/);
    api.routes[range] = good;
    asked();
    expect([await version(), asked()]).toEqual(["1.0.0", 1]);
  });
});

describe("storage that refuses", () => {
  const refuse = (name: string) => async () => {
    throw new DOMException("no", name);
  };

  it("has no room: the pull succeeds, and says that nothing is kept", async () => {
    const { api, asked } = await openApi();
    await using _ = api;
    const notKept: string[] = [];
    const full = async (name: string) => {
      return { ...(await open(name)), put: refuse("QuotaExceededError") };
    };
    const { version } = pulling(
      api.url,
      storage({ open: full } as unknown as Partial<CacheStorage>, notKept),
    );
    expect([await version(), await version(), asked()]).toEqual(["1.0.0", "1.0.0", 2]);
    expect(notKept).toContain(
      `The browser has no room to keep weights/${manifest.weights.sha256}. Free some of this site's storage; until then it is fetched each time.`,
    );
  });

  it("isn't allowed at all, as in some private windows: the same", async () => {
    const { api } = await openApi();
    await using _ = api;
    const notKept: string[] = [];
    const { version } = pulling(
      api.url,
      storage({ open: refuse("SecurityError") } as unknown as Partial<CacheStorage>, notKept),
    );
    expect(await version()).toBe("1.0.0");
    expect(notKept.every((message) => message.endsWith(". It is fetched each time."))).toBe(true);
    expect(notKept.length).toBeGreaterThan(0);
  });
});
