import { createExecutionContext, env } from "cloudflare:test";
import { parseSafetensors } from "@lectern/shared/artifact";
import type { Emission, Manifest } from "@lectern/shared/schema";
import { beforeAll, describe, expect, it } from "vitest";
import { countCalls } from "../../test/count-calls.ts";
import { describeTeacher, makePublisher, publish, type Publisher } from "../../test/releases.ts";
import { expectProblem, request } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import { openLocation } from "../cache/location.ts";
import type { Bindings } from "../environment.ts";
import { emitFromMemory } from "./emit-from-memory.ts";

let ada: Publisher;
let manifest: Manifest;
const path = "/v1/teachers/glyphs/versions/1.0.0/emit";

beforeAll(async () => {
  ada = await makePublisher("ada");
  manifest = describeTeacher(ada, { name: "glyphs", version: "1.0.0" });
  expect((await publish(ada, { name: "glyphs", version: "1.0.0" })).status).toBe(201);
});

const ask = (body: unknown, to = path, headers: Record<string, string> = {}) =>
  request(to, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  });

/** φ of the `mixed` family with attention, in loops, for comparison: Σᵢ softmax(s·V)ᵢ θᵢ, then a, g = e^c. */
function mixByHand(raw: readonly number[]): Record<string, number[]> {
  const { tensors } = parseSafetensors(ada.weights.bytes);
  const { features } = manifest.state;
  const state = raw.map((value, i) => (value - features[i]!.offset) * features[i]!.scale);
  const V = tensors.V!;
  const keys = V.shape[1]!;
  const scores = Array.from({ length: keys }, (_, key) =>
    state.reduce((sum, value, i) => sum + value * Number(V.data[i * keys + key]), 0),
  );
  const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = exponentials.reduce((a, b) => a + b);
  const mixed = (name: string) => {
    const { data } = tensors[name]!;
    const length = data.length / keys;
    return Array.from({ length }, (_, j) =>
      exponentials.reduce((sum, weight, key) => sum + (weight / total) * Number(data[key * length + j]), 0),
    );
  };
  const [a, g] = mixed("c").map(Math.exp);
  return { U: mixed("U"), W: mixed("W"), b: mixed("b"), a: [a!], g: [g!] };
}

function expectPhi(phi: Emission["phi"][number], raw: readonly number[], digits: number): void {
  const flat = Object.fromEntries(Object.entries(phi).map(([name, value]) => [name, [value].flat(2)]));
  const expected = mixByHand(raw);
  expect(Object.keys(flat)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    expect(flat[name]).toHaveLength(values.length);
    values.forEach((value, i) => expect(flat[name]![i], `${name}[${i}]`).toBeCloseTo(value, digits));
  }
}

describe("POST /v1/teachers/{name}/versions/{version}/emit", () => {
  it("gives φ of one state in float64, by exact version, range and tag", async () => {
    const raw = manifest.state.features.map((_, i) => 0.25 + i / 7);
    const texts: unknown[] = [];
    for (const spec of ["1.0.0", "1.0.0", "latest", "^1"]) {
      const answer = await ask(
        { state: raw },
        `/v1/teachers/glyphs/versions/${encodeURIComponent(spec)}/emit`,
      );
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "access-control-allow-origin": "*",
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      const emission = await answer.json<Emission>();
      texts.push(emission);
      const { phi, ...about } = emission;
      expect(about).toEqual({
        name: "glyphs",
        version: "1.0.0",
        family: "mixed",
        classes: 3,
        dtype: "float64",
      });
      expect(phi).toHaveLength(1);
      expect([(phi[0]!.W as number[][]).length, (phi[0]!.W as number[][])[0]!.length]).toEqual([3, 3]);
      expectPhi(phi[0]!, raw, 12);
    }
    expect(new Set(texts.map((text) => JSON.stringify(text))).size).toBe(1);
  });

  it("gives φ of 64 states, each as alone; in float32 the nearest", async () => {
    const states = Array.from({ length: 64 }, (_, n) =>
      manifest.state.features.map((_, i) => Math.sin(n + i)),
    );
    const batch = await (await ask({ states })).json<Emission>();
    expect(batch.phi).toHaveLength(64);
    states.forEach((raw, n) => expectPhi(batch.phi[n]!, raw, 12));
    const rounded = await (await ask({ states, dtype: "float32" })).json<Emission>();
    expect(rounded.dtype).toBe("float32");
    const flat = (phi: Emission["phi"]) => phi.flatMap((one) => Object.values(one).flat(2));
    const [exact, nearest] = [flat(batch.phi), flat(rounded.phi)];
    expect(nearest.map(Math.fround)).toEqual(exact.map(Math.fround));
    expect(nearest).not.toEqual(exact);
  });

  it("keeps φ finite for values of a student that diverged", async () => {
    const raw = manifest.state.features.map(() => 1e300);
    const { phi } = await (await ask({ state: raw })).json<Emission>();
    for (const value of phi.flatMap((one) => Object.values(one).flat(2)))
      expect(value).toSatisfy(Number.isFinite);
  });

  it.each([
    ["not JSON", "{", "bad-json"],
    ["no state", "{}", "invalid-body"],
    ["null", "null", "invalid-body"],
    ["both", { state: [1], states: [[1]] }, "invalid-body"],
    ["a text in a state", { state: ["1"] }, "invalid-body"],
    ["null for NaN", { state: [null, null] }, "invalid-body"],
    ["an infinite number", '{"state": [1e999, 0]}', "invalid-body"],
    ["no states at all", { states: [] }, "invalid-body"],
    ["65 states", { states: Array.from({ length: 65 }, () => [1, 1]) }, "invalid-body"],
    ["too few values", { state: [1] }, "invalid-body"],
    [
      "too many values in the second state",
      {
        states: [
          [1, 1],
          [1, 1, 1],
        ],
      },
      "invalid-body",
    ],
    ["another dtype", { state: [1, 1], dtype: "float16" }, "invalid-body"],
    ["an unknown field", { state: [1, 1], temperature: 1 }, "invalid-body"],
    ["a prototype", '{"state": [1, 1], "__proto__": {"dtype": "float32"}}', "invalid-body"],
  ] as const)("refuses %s, warm as cold", async (_, body, kind) => {
    const width = manifest.state.features.length;
    const warmed = await ask({ state: Array.from({ length: width }, () => 0) });
    expect(warmed.status).toBe(200);
    await warmed.text();
    await expectProblem(await ask(body), kind);
    const cold = createApp(openLocation()).fetch(
      new Request(`https://api.test${path}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
      env as unknown as Bindings,
      createExecutionContext(),
    );
    await expectProblem(await cold, kind);
  });

  it("names the features where a state has another length", async () => {
    const { detail } = await expectProblem(
      await ask({ states: [[1, 2, 3, 4, 5, 6, 7, 8, 9]] }),
      "invalid-body",
    );
    const names = manifest.state.features.map(({ name }) => name).join(", ");
    expect(detail).toBe(`State 0 has 9 values, expected ${manifest.state.features.length}: ${names}.`);
  });

  it("refuses bodies that are too long, of another type, and teachers that aren't there", async () => {
    await expectProblem(await ask(`{"state": [${"1,".repeat(600_000)}1]}`), "body-too-large");
    await expectProblem(
      await ask({ state: [1] }, path, { "Content-Type": "text/plain" }),
      "unsupported-media-type",
    );
    await expectProblem(await ask({ state: [1] }, path.replace("glyphs", "nobody")), "unknown-teacher");
    await expectProblem(await ask({ state: [1] }, path.replace("1.0.0", "7.0.0")), "unknown-version");
    await expectProblem(await ask({ state: [1] }, path.replace("1.0.0", "^7")), "unknown-version");
  });
});

it("answers warm from memory, the same bytes, without D1, R2 or the routes", async () => {
  const { bindings, take } = countCalls(env as unknown as Bindings);
  const raw = manifest.state.features.map(() => 0.5);
  const make = () =>
    new Request(`https://api.test${path}`, {
      method: "POST",
      body: JSON.stringify({ state: raw }),
      headers: { "Content-Type": "application/json", "Content-Length": "20" },
    });
  const location = openLocation({ store: () => caches.open("emit") });
  const app = createApp(location);
  const cold = await app.fetch(make(), bindings, createExecutionContext());
  const text = await cold.text();
  expect(take().d1).toBeLessThanOrEqual(2);
  const warm = await emitFromMemory(location, make(), bindings);
  expect(warm).toBeInstanceOf(Response);
  expect(await (warm as Response).text()).toBe(text);
  const named = ({ headers }: Response) => [...headers.keys()].filter((name) => name !== "x-request-id");
  expect(named(warm as Response)).toEqual(named(cold));
  expect(take()).toEqual({ d1: 0, r2: 0 });
});
