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
