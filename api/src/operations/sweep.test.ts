import { createScheduledController, env } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makePublisher, makeWeights, publish, putWeights, type Weights } from "../../test/releases.ts";
import { addToken, request } from "../../test/requests.ts";
import { faultModes, FaultPlan, underFaults } from "../../test/fault-bindings.ts";
import type { Bindings } from "../environment.ts";
import { weightsKey } from "../weights/store.ts";
import worker from "../worker.ts";
import { sweep } from "./sweep.ts";

const bindings = env as unknown as Bindings;
const hourMs = 3_600_000;
const isThere = async ({ sha256 }: Weights) => (await env.WEIGHTS.head(weightsKey(sha256))) !== null;

beforeEach(() => {
  for (const method of ["log", "error"] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** The cron trigger's event, so many hours from now. */
const tick = (hours: number) =>
  worker.scheduled(
    createScheduledController({ scheduledTime: Date.now() + hours * hourMs, cron: "17 * * * *" }),
    bindings,
  );

it("removes, when its hour has come, what no release has, and leaves what is published or young", async () => {
  const ada = await makePublisher("ada");
  expect((await publish(ada, { name: "kept", version: "1.0.0" })).status).toBe(201);
  const orphan = await makeWeights(2);
  expect((await putWeights(orphan, ada.token)).status).toBe(201);
  const stray = await makeWeights(3);
  await env.WEIGHTS.put(weightsKey(stray.sha256), stray.bytes);
  await env.WEIGHTS.put("uploads/nobody-s", "half a file");
  const begun = await request("/v1/uploads", {
    method: "POST",
    headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ sha256: orphan.sha256.replaceAll(/./g, "a"), bytes: 64 }),
  });
  const { id } = await begun.json<{ id: string }>();

  // Not within the day's grace.
  await tick(23);
  expect([await isThere(orphan), await isThere(stray)]).toEqual([true, true]);

  // Within a day of hours, each first digit of a digest has had its turn.
  for (let hour = 25; hour < 41; hour++) await tick(hour);
  expect([await isThere(ada.weights), await isThere(orphan), await isThere(stray)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await env.WEIGHTS.head("uploads/nobody-s")).toBeNull();
  expect(await env.DB.prepare("SELECT id FROM uploads WHERE id = ?").bind(id).first()).toBeNull();
  expect((await request("/v1/teachers/kept/versions/1.0.0")).status).toBe(200);
  const { results } = await env.DB.prepare("SELECT removed, failure FROM sweeps").all<{
    removed: number;
    failure: string | null;
  }>();
  expect(results).toHaveLength(17);
  expect(results.reduce((sum, { removed }) => sum + removed, 0)).toBe(4);
  expect(results.filter(({ failure }) => failure !== null)).toEqual([]);
});

it("lets what it removed be uploaded and published again", async () => {
  const token = await addToken("bob");
  const weights = await makeWeights(4);
  await putWeights(weights, token);
  await sweep(bindings, { now: Date.now() + 48 * hourMs });
  expect(await isThere(weights)).toBe(false);
  expect((await putWeights(weights, token)).status).toBe(201);
  expect(await isThere(weights)).toBe(true);
});

it("goes on after any call that failed, and never takes what a release has", async () => {
  const eve = await makePublisher("eve");
  expect((await publish(eve, { name: "evening", version: "1.0.0" })).status).toBe(201);
  let faults = 0;
  for (const mode of faultModes.filter((mode) => mode === "refused" || mode === "lost"))
    for (let at = 0; ; at++) {
      const orphan = await makeWeights(100 + 2 * at + (mode === "lost" ? 1 : 0));
      await putWeights(orphan, eve.token);
      const plan = new FaultPlan(at, mode);
      const now = Date.now() + 48 * hourMs;
      await sweep(underFaults(bindings, plan), { now }).catch(() => undefined);
      if (plan.struck) faults += 1;
      await sweep(bindings, { now });
      expect(await isThere(orphan), `call ${at} ${mode}`).toBe(false);
      const marks = await env.DB.prepare("SELECT 1 FROM weights WHERE owner = ''").all();
      expect(marks.results, `call ${at} ${mode}`).toEqual([]);
      expect(await isThere(eve.weights)).toBe(true);
      if (at >= plan.calls.length) break;
    }
  expect(faults).toBeGreaterThan(8);
});
