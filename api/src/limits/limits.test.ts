import { createExecutionContext, env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import configuration from "../../../wrangler.toml?raw";
import { makePublisher, makeWeights, publish } from "../../test/releases.ts";
import { addToken, expectProblem } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import type { Bindings } from "../environment.ts";
import { networkOf, periodSeconds } from "./rate-limit.ts";

const app = createApp();
const real = env as unknown as Bindings;
const fetch = (path: string, init: RequestInit, bindings: Bindings) =>
  app.fetch(new Request(`https://api.test${path}`, init), bindings, createExecutionContext());
const limited = (name: "ADDRESS_LIMIT" | "TOKEN_LIMIT" | "EMIT_LIMIT"): Bindings => ({
  ...real,
  [name]: env.THREE_A_MINUTE,
});

async function expectLimited(answer: Response): Promise<void> {
  expect(answer.headers.get("Retry-After")).toBe("60");
  await expectProblem(answer, "rate-limited");
}

/** How many of ten requests at once pass: three in each of the one or two minutes of the clock that they fall into. */
async function count(make: () => Promise<Response> | Response): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 10 }, make));
  const refused = answers.filter(({ status }) => status === 429);
  for (const answer of refused) await expectLimited(answer);
  await Promise.all(answers.filter(({ status }) => status !== 429).map((answer) => answer.arrayBuffer()));
  return answers.length - refused.length;
}

describe("rate limits", () => {
  it("count by address, an IPv6 subscriber's together", async () => {
    const from = (address: string) => () =>
      fetch("/v1/teachers", { headers: { "CF-Connecting-IP": address } }, limited("ADDRESS_LIMIT"));
    expect([3, 6]).toContain(await count(from("192.0.2.1")));
    expect(await count(from("192.0.2.2"))).toBeGreaterThanOrEqual(3);
    let next = 0;
    expect([3, 6]).toContain(await count(() => from(`2001:db8::${(next += 1).toString(16)}`)()));
    const elsewhere = await from("2001:db8:0:1::1")();
    expect(elsewhere.status).toBe(200);
    await elsewhere.arrayBuffer();
  });

  it("count by token, valid or not, before it is looked up", async () => {
    const token = await addToken("ada");
    const put = (text: string) => () =>
      fetch(
        `/v1/weights/${"0".repeat(64)}`,
        { method: "PUT", body: "x", headers: { Authorization: `Bearer ${text}` } },
        limited("TOKEN_LIMIT"),
      );
    expect([3, 6]).toContain(await count(put(token)));
    expect([3, 6]).toContain(await count(put(`lec_${"u".repeat(43)}`)));
  });

  it("count emissions by themselves, and let health checks and preflights pass", async () => {
    const headers = { "CF-Connecting-IP": "192.0.2.9", "Content-Type": "application/json" };
    const emit = () =>
      fetch(
        "/v1/teachers/nobody/versions/1.0.0/emit",
        { method: "POST", body: '{"state": [1]}', headers },
        limited("EMIT_LIMIT"),
      );
    expect([3, 6]).toContain(await count(emit));
    const bindings = limited("ADDRESS_LIMIT");
    expect(
      await count(() => fetch("/healthz", { headers: { "CF-Connecting-IP": "192.0.2.8" } }, bindings)),
    ).toBe(10);
  });

  it("let everything pass where the limiter fails or isn't bound", async () => {
    const failing = { limit: () => Promise.reject(new Error("no counters")) };
    for (const ADDRESS_LIMIT of [failing, undefined]) {
      const { ADDRESS_LIMIT: _, ...rest } = real;
      const bindings = ADDRESS_LIMIT === undefined ? rest : { ...rest, ADDRESS_LIMIT };
      const headers = { "CF-Connecting-IP": "192.0.2.7" };
      expect(await count(() => fetch("/v1/teachers", { headers }, bindings))).toBe(10);
    }
  });

  it("have the period in wrangler.toml that Retry-After names", () => {
    const periods = [...configuration.matchAll(/period = (\d+)/g)].map(([, period]) => Number(period));
    expect(periods.length).toBeGreaterThanOrEqual(3);
    expect(new Set(periods)).toEqual(new Set([periodSeconds]));
  });

  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:0DB8:0000:0001:aaaa:bbbb:cccc:dddd", "2001:db8:0:1"],
    ["::1", "0:0:0:0"],
    ["fe80::", "fe80:0:0:0"],
    ["1:2:3:4:5::", "1:2:3:4"],
  ])("see %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("quotas", () => {
  const setQuota = (owner: string, bytes: number | null, releases: number | null) =>
    env.DB.prepare("INSERT INTO owners (owner, created_at, quota_bytes, quota_releases) VALUES (?, '', ?, ?)")
      .bind(owner, bytes, releases)
      .run();
  const put = async (seed: number, token: string) => {
    const { bytes, sha256 } = await makeWeights(seed);
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/octet-stream" };
    return fetch(`/v1/weights/${sha256}`, { method: "PUT", body: bytes, headers }, real);
  };

  it("bound an owner's weights in all, without what it has already", async () => {
    const token = await addToken("bea");
    const { length } = (await makeWeights(1)).bytes;
    await setQuota("bea", 2 * length + 1, null);
    for (const [seed, status] of [
      [1, 201],
      [2, 201],
      [2, 200],
      [1, 200],
    ] as const) {
      const answer = await put(seed, token);
      expect(answer.status).toBe(status);
      await answer.arrayBuffer();
    }
    const { detail } = await expectProblem(await put(3, token), "quota-exceeded");
    expect(detail).toBe(
      `bea has ${2 * length} bytes of weights of at most ${2 * length + 1}, and these have ${length}.`,
    );
    const other = await put(3, await addToken("cleo"));
    expect(other.status).toBe(201);
    await other.arrayBuffer();
  });

  it("hold for writes at the same time: as many pass as there is room for", async () => {
    const token = await addToken("fay");
    const { length } = (await makeWeights(1)).bytes;
    await setQuota("fay", 3 * length, 2);
    const puts = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => put(seed, token)));
    for (const answer of puts) {
      if (answer.ok) await answer.arrayBuffer();
      else await expectProblem(answer, "quota-exceeded");
    }
    expect(puts.filter(({ ok }) => ok)).toHaveLength(3);
    const noted = await env.DB.prepare("SELECT sum(bytes) AS bytes FROM weights WHERE owner = 'fay'").first();
    expect(noted).toEqual({ bytes: 3 * length });

    const gil = await makePublisher("gil");
    await setQuota("gil", null, 2);
    const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
    const published = await Promise.all(versions.map((version) => publish(gil, { name: "gils", version })));
    expect(published.map(({ status }) => status).toSorted()).toEqual([201, 201, 403, 403, 403]);
  });

  it("count uploads in parts as they begin, those at the same time, too", async () => {
    const token = await addToken("hal");
    await setQuota("hal", 20_000_000, null);
    const begin = (digit: number) =>
      fetch(
        "/v1/uploads",
        {
          method: "POST",
          body: JSON.stringify({ sha256: String(digit).repeat(64), bytes: 8_000_000 }),
          headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        },
        real,
      );
    const answers = await Promise.all([1, 2, 3, 4, 5].map(begin));
    for (const answer of answers) {
      if (answer.ok) await answer.arrayBuffer();
      else await expectProblem(answer, "quota-exceeded");
    }
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  });

  it("bound an owner's releases in all; the same content again is no more", async () => {
    const dan = await makePublisher("dan");
    await setQuota("dan", null, 2);
    for (const version of ["1.0.0", "1.1.0"])
      expect((await publish(dan, { name: "dans", version })).status).toBe(201);
    const { detail } = await expectProblem(
      await publish(dan, { name: "dans", version: "1.2.0" }),
      "quota-exceeded",
    );
    expect(detail).toBe("dan has 2 releases, which is all it may have.");
    expect((await publish(dan, { name: "dans", version: "1.1.0" })).status).toBe(200);
  });

  it("bound the names that an owner may take, not the versions of those it has", async () => {
    const eli = await makePublisher("eli");
    expect((await publish(eli, { name: "elis-first", version: "1.0.0" })).status).toBe(201);
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
       INSERT INTO teachers (name, owner, created_at) SELECT 'e' || i, 'eli', '' FROM n`,
    ).run();
    await expectProblem(await publish(eli, { name: "quite-another", version: "1.0.0" }), "quota-exceeded");
    expect((await publish(eli, { name: "elis-first", version: "1.1.0" })).status).toBe(201);
  });
});
