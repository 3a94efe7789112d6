import { createExecutionContext, env } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import { makePublisher, sign } from "../../test/releases.ts";
import { createApp } from "../app.ts";
import type { Bindings } from "../environment.ts";

/** Answers with every line on and the metrics caught. */
async function watch(request: Request, changes: Partial<Bindings> = {}) {
  const points: AnalyticsEngineDataPoint[] = [];
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  const error = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
  const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) };
  const bindings = { ...(env as unknown as Bindings), LOG: "all", METRICS, ...changes } as Bindings;
  const answer = await createApp().fetch(request, bindings, createExecutionContext());
  const text = await answer.text();
  log.mockRestore();
  error.mockRestore();
  return { answer, text, lines, points };
}

it("writes one line and one data point for a request, under the answer's request id", async () => {
  const { answer, lines, points } = await watch(
    new Request("https://api.test/v1/teachers/nobody/versions/latest?token=lec_secret"),
  );
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "info",
    event: "request",
    requestId: answer.headers.get("X-Request-Id"),
    method: "GET",
    route: "/v1/teachers/:name/versions/:version",
    path: "/v1/teachers/nobody/versions/latest",
    status: 404,
    ms: expect.any(Number),
    problem: "unknown-teacher",
  });
  expect(points).toEqual([
    {
      indexes: ["GET /v1/teachers/:name/versions/:version"],
      blobs: ["GET", "/v1/teachers/:name/versions/:version", "404"],
      doubles: [expect.any(Number), expect.any(Number)],
    },
  ]);
});

it("answers all the same where counting fails, and without metrics", async () => {
  const METRICS = {
    writeDataPoint: () => {
      throw new Error("full");
    },
  };
  expect((await watch(new Request("https://api.test/healthz"), { METRICS })).answer.status).toBe(200);
  const { METRICS: _, ...unbound } = env as unknown as Bindings;
  const answer = await createApp().fetch(
    new Request("https://api.test/healthz"),
    unbound,
    createExecutionContext(),
  );
  expect(answer.status).toBe(200);
});

it("logs no token, header, signature or manifest: of refused and failed writes, too", async () => {
  const ada = await makePublisher("ada");
  const envelope = await sign(ada, { name: "quiet", version: "1.0.0" });
  const put = (token: string) =>
    new Request("https://api.test/v1/teachers/quiet/versions/1.0.0", {
      method: "PUT",
      body: JSON.stringify(envelope),
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    });
  const real = env.DB;
  // The n-th statement fails as drizzle makes it fail: with SQL and parameters in the message.
  const failing = new Proxy(real, {
    get(target, key) {
      if (key === "batch") return () => Promise.reject(new Error("D1_ERROR: disk I/O error"));
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const seen = [
    await watch(put("lec_not-a-token-that-anybody-has-ever-seen")),
    await watch(put(ada.token), { DB: failing }),
    await watch(put(ada.token)),
  ];
  expect(seen.map(({ answer }) => answer.status)).toEqual([401, 500, 201]);
  const text = seen.flatMap(({ lines }) => lines).join("\n");
  const secrets = [ada.token, "not-a-token", envelope.signature, envelope.manifest.slice(0, 40), "Bearer"];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).toContain("disk I/O error");
  expect(seen[1]!.text).not.toMatch(/D1_|insert|select/i);
});
