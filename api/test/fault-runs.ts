import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import type { Problem } from "@lectern/shared/schema";
import { expect, vi } from "vitest";
import { createApp } from "../src/app.ts";
import type { Bindings } from "../src/environment.ts";
import { problemKinds } from "../src/problems/kinds.ts";
import { weightsKey } from "../src/weights/store.ts";
import type { Scenario } from "./scenario-world.ts";
import { scenarios } from "./scenarios.ts";
import { type FaultMode, FaultPlan, underFaults } from "./fault-bindings.ts";

export interface Counts {
  requests: number;
  faults: number;
  /** Requests that were answered all the same. */
  survived: number;
  /** Those that were answered with a problem. */
  problems: number;
  /** Calls to D1 and R2 of the request without a fault. */
  sites: number;
}

const bindings = env as unknown as Bindings;
const app = createApp();
let runs = 0;

/** Spoils every call that the request makes, one a run, and checks what must hold whatever fails. */
export async function strike(
  { operation, prepare, succeeds }: Scenario,
  modes: readonly FaultMode[],
): Promise<Counts> {
  const clean = new FaultPlan(Number.POSITIVE_INFINITY, "refused");
  const first = await send((await prepare(runs++))(), underFaults(bindings, clean));
  expect(succeeds, `${operation}: ${first.text.slice(0, 300)}`).toContain(first.status);
  const counts: Counts = { requests: 0, faults: 0, survived: 0, problems: 0, sites: clean.calls.length };
  for (const mode of modes)
    for (const [at, name] of clean.calls.entries()) {
      if (mode === "torn" && name !== "R2 get") continue;
      const make = await prepare(runs++);
      const plan = new FaultPlan(at, mode);
      const pending = send(make(), underFaults(bindings, plan));
      const where = `${operation}, call ${at} ${mode}`;
      if (mode === "late") {
        await Promise.race([pending, plan.reached]);
        // The caller gave up waiting, and asks again; only then does the storage do as it was told the first time.
        if (plan.struck) await answerOf(make(), bindings, where);
        plan.release();
      }
      const answer = await pending;
      counts.requests += 1;
      if (plan.struck) counts.faults += 1;
      if (answer.status >= 500) {
        counts.problems += 1;
        expectProblemOf(answer, where);
      } else counts.survived += 1;
      await expectWhole(where);
      const retried = await answerOf(make(), bindings, where);
      expect(succeeds, `${where}: the retry: ${retried.text.slice(0, 300)}`).toContain(retried.status);
      await expectWhole(`${where}, retried`);
    }
  return counts;
}

interface Answer {
  status: number;
  type: string | null;
  text: string;
}

async function send(request: Request, using: Bindings): Promise<Answer> {
  const context = createExecutionContext();
  const response = await app.fetch(request, using, context);
  // A body that breaks off has a status already: its reader sees fewer bytes than promised.
  const bytes = response.arrayBuffer().then((body) => new TextDecoder().decode(body));
  const text = await bytes.catch((error: unknown) => `broken off: ${String(error)}`);
  await waitOnExecutionContext(context);
  return { status: response.status, type: response.headers.get("Content-Type"), text };
}

async function answerOf(request: Request, using: Bindings, where: string): Promise<Answer> {
  const answer = await send(request, using);
  if (answer.status >= 500) throw new Error(`${where}: without a fault: ${answer.status} ${answer.text}`);
  return answer;
}

function expectProblemOf({ status, type, text }: Answer, where: string): void {
  expect(type, where).toBe("application/problem+json");
  const problem = JSON.parse(text) as Problem;
  const kind = problem.type.replace("https://lectern.dev/problems/", "");
  expect(Object.keys(problemKinds), where).toContain(kind);
  expect(problem.status, where).toBe(status);
  expect(text, where).not.toMatch(
    /D1_|Network connection|internal error|10001|select |insert |sqlite|drizzle|\.ts:/i,
  );
}

/** No version is there by half: what can be listed can be resolved, and its weights are there with their size. */
export async function expectWhole(where: string): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT name, version, weights_sha256 AS sha256, weights_bytes AS bytes, manifest FROM releases",
  ).all<{ name: string; version: string; sha256: string; bytes: number; manifest: string }>();
  for (const { name, version, sha256, bytes, manifest } of results.slice(-3)) {
    const told = JSON.parse(manifest) as { name: string; version: string; weights: { sha256: string } };
    expect([told.name, told.version, told.weights.sha256], where).toEqual([name, version, sha256]);
    const object = await env.WEIGHTS.head(weightsKey(sha256));
    expect(object?.size, `${where}: the weights of ${name}@${version}`).toBe(bytes);
  }
}

/** All scenarios. Prints the counts, and looks for secrets in what was logged meanwhile. */
export async function strikeAll(modesOf: (scenario: number) => readonly FaultMode[]): Promise<void> {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const total: Counts = { requests: 0, faults: 0, survived: 0, problems: 0, sites: 0 };
  for (const [i, scenario] of scenarios.entries()) {
    const counts = await strike(scenario, modesOf(i));
    for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  }
  const secrets = log.mock.calls.filter(([line]) => /lec_[a-z]|Bearer [a-z]|params:/i.test(String(line)));
  log.mockRestore();
  expect(secrets).toEqual([]);
  // At least one at each call.
  expect(total.faults).toBeGreaterThanOrEqual(total.sites);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(
    `${total.faults} faults at ${total.sites} calls to D1 and R2 of ${scenarios.length} requests: ` +
      `${total.problems} answered with a problem, ${total.survived} all the same; every retry succeeded`,
  );
}
