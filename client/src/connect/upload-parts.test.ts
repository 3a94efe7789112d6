import { serializeSafetensors, sha256Hex, signManifest } from "@lectern/shared/artifact";
import { beforeAll, expect, it } from "vitest";
import { answerJson, answerProblem, hangUp, startApi, type Handler } from "../../node/fake-api.ts";
import { manifest, openTestKey } from "../../node/fixture-release.ts";
import { publishTeacher } from "./index.ts";

const partBytes = 5 * 1024 * 1024;
const id = "0";
let weights: Uint8Array;
let sha256: string;
let signed: Awaited<ReturnType<typeof signManifest>>;

beforeAll(async () => {
  const data = new Float32Array((2 * partBytes) / 4).fill(0.5);
  weights = serializeSafetensors({ V: { shape: [data.length], data } });
  sha256 = await sha256Hex(weights);
  const named = { ...manifest, weights: { format: "safetensors", sha256, bytes: weights.length } };
  signed = await signManifest(JSON.stringify(named), await openTestKey());
});

const release = {
  name: manifest.name,
  version: manifest.version,
  description: "",
  family: "mixed",
  classes: 3,
  tasks: ["glyphs"],
  publisher: "lectern-tests",
  publishedAt: "2026-01-01T00:00:00.000Z",
};

/** An API that has these parts already, and puts together what it is sent. */
function partsApi(had: readonly number[], faults: Record<string, Handler> = {}) {
  const received = new Map<number, Buffer>();
  const status = (parts: readonly number[]) => ({ id, sha256, bytes: weights.length, partBytes, parts });
  const part = (number: number): Handler => {
    return (request, response, body) => {
      expect(request.headers["content-digest"]).toMatch(/^sha-256=:[\w+/]{43}=:$/);
      expect(request.headers.authorization).toBe("Bearer t");
      received.set(number, body);
      answerJson(status([number]))(request, response, body);
    };
  };
  const routes: Record<string, Handler | Handler[]> = {
    [`HEAD /v1/weights/${sha256}`]: answerProblem(404, "None.", "Upload them."),
    "POST /v1/uploads": answerJson(status(had), 201),
    [`POST /v1/uploads/${id}/completion`]: answerJson({ sha256, bytes: weights.length }, 201),
    [`PUT /v1/teachers/${manifest.name}/versions/${manifest.version}`]: answerJson(
      { ...release, weights: { sha256, bytes: weights.length } },
      201,
    ),
  };
  for (const number of [1, 2, 3]) {
    const path = `PUT /v1/uploads/${id}/parts/${number}`;
    const fault = faults[number];
    routes[path] = fault ? [fault, part(number)] : part(number);
  }
  return { routes, received };
}

const publish = (url: string, onProgress?: (progress: { sentBytes: number }) => void) =>
  publishTeacher(url, {
    signed,
    weights,
    token: "t",
    wait: async () => undefined,
    ...(onProgress && { onProgress }),
  });

it("sends large weights in parts, again where one didn't arrive, and tells how far it is", async () => {
  const { routes, received } = partsApi([], { 1: hangUp, 3: answerProblem(503, "Busy.", "Wait.") });
  await using api = await startApi(routes);
  const told: number[] = [];
  await publish(api.url, ({ sentBytes }) => told.push(sentBytes));
  const whole = Buffer.concat([1, 2, 3].map((part) => received.get(part)!));
  expect(await sha256Hex(whole)).toBe(sha256);
  expect([told[0], told.at(-1)]).toEqual([0, weights.length]);
  expect(Math.max(...told.slice(0, -1))).toBeLessThan(weights.length);
});

it("goes on where an earlier attempt broke off", async () => {
  const { routes, received } = partsApi([1, 3]);
  await using api = await startApi(routes);
  await publish(api.url);
  expect([...received.keys()]).toEqual([2]);
});

it("takes it as completed when only the answer was lost", async () => {
  const { routes } = partsApi([1, 2, 3]);
  routes[`POST /v1/uploads/${id}/completion`] = [
    hangUp,
    answerProblem(404, "No such upload.", "Begin anew."),
  ];
  await using api = await startApi(routes);
  expect((await publish(api.url)).name).toBe(manifest.name);
});
