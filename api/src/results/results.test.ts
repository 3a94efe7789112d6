import { createExecutionContext, env } from "cloudflare:test";
import type { ResultReport, ResultSummary } from "@lectern/shared/schema";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { makePublisher, publish } from "../../test/releases.ts";
import { expectProblem, request } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import type { Bindings } from "../environment.ts";

const reporter = (n: number) => String(n).padStart(22, "r");
const example = (changes: Partial<ResultReport> = {}): ResultReport => ({
  version: "1.0.0",
  task: "glyphs",
  studentParameters: 12_345,
  errorWith: 0.2,
  errorWithout: 0.25,
  seeds: 3,
  reporter: reporter(0),
  ...changes,
});
const post = (body: unknown, name = "wild") =>
  request(`/v1/teachers/${name}/results`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });
const read = async (): Promise<ResultSummary> => (await request("/v1/teachers/wild/results")).json();

beforeAll(async () => {
  const ada = await makePublisher("ada");
  for (const name of ["wild", "hidden", "lonely"])
    expect((await publish(ada, { name, version: "1.0.0" })).status).toBe(201);
  await env.DB.prepare("UPDATE teachers SET visibility = 'private' WHERE name = 'hidden'").run();
});

describe("POST results", () => {
  it("counts each reporter once, with the last thing said", async () => {
    const first = await post(example());
    expect([first.status, await first.json()]).toEqual([
      201,
      { teacher: "wild", version: "1.0.0", isNew: true },
    ]);
    const again = await post(example({ errorWith: 0.1, seeds: 5 }));
    expect([again.status, await again.json()]).toEqual([
      200,
      { teacher: "wild", version: "1.0.0", isNew: false },
    ]);
    expect((await read()).groups).toEqual([
      { version: "1.0.0", task: "glyphs", studentSize: "1e4-1e5", count: 1, seeds: 5, change: null },
    ]);
  });

  it("keeps no reporter's id, only a salted hash that differs from task to task", async () => {
    await post(example({ task: "other" }));
    const { results } = await env.DB.prepare("SELECT reporter FROM reports").all<{ reporter: string }>();
    expect(new Set(results.map(({ reporter }) => reporter)).size).toBe(2);
    for (const row of results) expect(row.reporter).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [{ errorWith: 1.2 }, "invalid-body"],
    [{ errorWithout: null }, "invalid-body"],
    [{ seeds: 0 }, "invalid-body"],
    [{ studentParameters: 1.5 }, "invalid-body"],
    [{ reporter: "me" }, "invalid-body"],
    [{ task: "spam-on-a-public-page" }, "invalid-body"],
    [{ images: [1, 2, 3] }, "invalid-body"],
    [{ version: "9.0.0" }, "unknown-version"],
  ] as const)("refuses %o", async (changes, kind) => {
    await expectProblem(await post({ ...example(), ...changes }), kind);
  });

  it("refuses what is private, not there, too long, or reported where no salt is set", async () => {
    await expectProblem(await post(example(), "hidden"), "unknown-version");
    await expectProblem(await post(example(), "nobody"), "unknown-version");
    await expectProblem(await post({ ...example(), padding: "x".repeat(5000) }), "body-too-large");
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { RESULTS_SALT: _, ...saltless } = env as unknown as Bindings;
    const answer = await createApp().fetch(
      new Request("https://api.test/v1/teachers/wild/results", {
        method: "POST",
        body: JSON.stringify(example()),
        headers: { "Content-Type": "application/json" },
      }),
      saltless,
      createExecutionContext(),
    );
    await expectProblem(answer, "not-ready");
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  it("is open to any page", async () => {
    const answer = await request("/v1/teachers/wild/results", {
      method: "OPTIONS",
      headers: {
        Origin: "https://page.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
      },
    });
    expect(answer.headers.get("Access-Control-Allow-Methods")).toContain("POST");
    expect(answer.headers.get("Access-Control-Allow-Headers")).toContain("Content-Type");
  });
});

describe("a teacher's popularity", () => {
  const popularity = () =>
    env.DB.prepare("SELECT popularity FROM teachers WHERE name = 'liked'").first("popularity");
  const report = async (n: number, changes: Partial<ResultReport> = {}) => {
    const answer = await post(example({ ...changes, reporter: reporter(n) }), "liked");
    await answer.json();
    return answer.status;
  };

  it("grows by one with each distinct reporter, whatever that one reports about", async () => {
    const bea = await makePublisher("bea");
    for (const version of ["1.0.0", "2.0.0"])
      expect((await publish(bea, { name: "liked", version, tasks: ["glyphs", "digits"] })).status).toBe(201);
    expect(await popularity()).toBe(2);
    expect([await report(0), await report(0)]).toEqual([201, 200]);
    expect(await popularity()).toBe(3);
    for (const changes of [
      { studentParameters: 99 },
      { version: "2.0.0" },
      { task: "digits" },
      { task: "other" },
    ])
      expect(await report(0, changes)).toBe(201);
    expect(await popularity()).toBe(3);
    expect(await Promise.all([1, 2, 1, 2, 1].map((n) => report(n)))).toContain(201);
    expect(await popularity()).toBe(5);
  });

  it("of reports guards its name against others' slips", async () => {
    const eve = await makePublisher("eve");
    await expectProblem(await publish(eve, { name: "likes", version: "1.0.0" }), "look-alike-name");
  });

  it("is found along an index", async () => {
    const { results } = await env.DB.prepare(
      "EXPLAIN QUERY PLAN SELECT 1 FROM reports WHERE name = 'a' AND reporter IN ('b', 'c')",
    ).all<{ detail: string }>();
    expect(results[0]!.detail).toContain("reports_of_reporter (name=? AND reporter=?)");
  });
});

describe("reports from one address", () => {
  const send = (name: string, address: string, bindings: object) =>
    createApp().fetch(
      new Request(`https://api.test/v1/teachers/${name}/results`, {
        method: "POST",
        body: JSON.stringify(example({ reporter: reporter(77) })),
        headers: { "Content-Type": "application/json", "CF-Connecting-IP": address },
      }),
      { ...env, ...bindings } as unknown as Bindings,
      createExecutionContext(),
    );

  it("are limited for each teacher by itself", async () => {
    const REPORT_LIMIT = env.THREE_A_MINUTE;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send("wild", "192.0.2.41", { REPORT_LIMIT })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    // Three in each of the one or two minutes of the clock that they fall into.
    expect([2, 5]).toContain(refused.length);
    for (const answer of refused) {
      expect(answer.headers.get("Retry-After")).toBe("60");
      await expectProblem(answer, "rate-limited");
    }
    for (const [name, address] of [
      ["lonely", "192.0.2.41"],
      ["wild", "192.0.2.42"],
    ] as const)
      expect((await send(name, address, { REPORT_LIMIT })).status).toBeLessThan(300);
    await env.DB.prepare("DELETE FROM reports WHERE name = 'lonely'").run();
  });

  it("pass where the limiter fails", async () => {
    const REPORT_LIMIT = { limit: () => Promise.reject(new Error("no counters")) };
    expect((await send("wild", "192.0.2.43", { REPORT_LIMIT })).status).toBe(200);
  });
});

describe("GET results", () => {
  it("gives robust figures from six reports on, as JSON and as a page", async () => {
    for (let i = 1; i <= 9; i++)
      await post(example({ studentParameters: 500, errorWith: 0.25 + i / 100, reporter: reporter(i) }));
    // A fifth lies.
    for (let i = 10; i <= 11; i++)
      await post(example({ studentParameters: 500, errorWith: 1, errorWithout: 0, reporter: reporter(i) }));
    const { teacher, groups } = await read();
    expect(teacher).toBe("wild");
    const group = groups.find(({ studentSize }) => studentSize === "1e2-1e3")!;
    expect(group).toMatchObject({ version: "1.0.0", task: "glyphs", count: 11, seeds: 33 });
    // Ranks 2 and 10 of 11 enclose the median with 98.8 %, ranks 3 and 9 with 93.5 % only.
    expect(group.change!.median).toBeCloseTo(0.06, 12);
    expect([group.change!.low, group.change!.high]).toEqual([expect.closeTo(0.02, 12), 1]);
    expect(group.change!.trimmedMean).toBeCloseTo(0.06, 12);

    const page = await request("/teachers/wild/results");
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain("<td>+6.00 (+2.00 to +100.00)</td>");
    expect(text).toContain("too few: 6 reports are needed");
  });

  it("is empty for a teacher that nobody reported about, and 404 for what is not public", async () => {
    const answer = await request("/v1/teachers/lonely/results");
    expect(await answer.json()).toEqual({ teacher: "lonely", groups: [] });
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=60");
    expect(await (await request("/teachers/lonely/results")).text()).toContain("Nobody has reported yet.");
    for (const name of ["hidden", "nobody"])
      await expectProblem(await request(`/v1/teachers/${name}/results`), "unknown-teacher");
  });
});
