import { createExecutionContext, env } from "cloudflare:test";
import { beforeAll, expect, it } from "vitest";
import type { Bindings } from "../src/environment.ts";
import worker from "../src/worker.ts";
import { describeTeacher, makePublisher, publish, type Publisher } from "./releases.ts";
import { expectProblem } from "./requests.ts";

let ada: Publisher;

beforeAll(async () => {
  ada = await makePublisher("ada");
  expect((await publish(ada, { name: "glyphs", version: "1.0.0" })).status).toBe(201);
});

const send = (method: string, path: string, body: BodyInit, headers: Record<string, string>) =>
  worker.fetch(
    new Request(`https://api.test${path}`, {
      method,
      body,
      headers: { ...headers, Authorization: `Bearer ${ada.token}` },
    }) as Parameters<typeof worker.fetch>[0],
    env as unknown as Bindings,
    createExecutionContext(),
  );

/** As where the line fails, or a chunk's length is none. */
const broken = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"state":'));
      controller.error(new Error("Network connection lost."));
    },
  });
const json = { "Content-Type": "application/json" };
const emit = "/v1/teachers/glyphs/versions/1.0.0/emit";

it.each([
  ["PUT", "/v1/teachers/glyphs/versions/2.0.0", json],
  ["PUT", "/v1/teachers/glyphs/tags/beta", json],
  ["POST", "/v1/teachers/glyphs/results", json],
  ["POST", emit, json],
  ["PUT", `/v1/weights/${"0".repeat(64)}`, { "Content-Type": "application/octet-stream" }],
  [
    "PUT",
    `/v1/weights/${"0".repeat(64)}`,
    { "Content-Type": "application/octet-stream", "Content-Length": "99" },
  ],
] as const)("calls a body that breaks off the caller's problem: %s %s %o", async (method, path, headers) => {
  await expectProblem(await send(method, path, broken(), headers), "invalid-request");
});

it("does so where emissions are answered from memory, too", async () => {
  const { state } = describeTeacher(ada, { name: "glyphs", version: "1.0.0" });
  const asked = JSON.stringify({ state: state.features.map(() => 0.5) });
  const warm = await send("POST", emit, asked, json);
  expect(warm.status).toBe(200);
  await warm.json();
  await expectProblem(await send("POST", emit, broken(), { ...json, "Content-Length": "99" }), "bad-json");
});
