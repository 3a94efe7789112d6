import { createExecutionContext, env } from "cloudflare:test";
import type { SignedManifest, TeacherList, TeacherOverview } from "@lectern/shared/schema";
import { beforeAll, describe, expect, it } from "vitest";
import { countCalls } from "../../test/count-calls.ts";
import {
  describeTeacher,
  makePublisher,
  makeWeights,
  type Publisher,
  putWeights,
  sign,
} from "../../test/releases.ts";
import { addToken, expectProblem } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import type { Bindings } from "../environment.ts";
import { type Location, openLocation, type Store } from "./location.ts";
import { answerFromMemory } from "./answer-from-memory.ts";

const { bindings, take } = countCalls(env as unknown as Bindings);
/** Of both locations. */
let clock = Date.now();

interface Place {
  location: Location;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** As another isolate of the same data centre has it: the same cache, another memory. */
  another(): Place;
}

function openPlace(name: string): Place {
  const location = openLocation({ store: () => caches.open(name), now: () => clock });
  const app = createApp(location);
  return {
    location,
    async request(path, init) {
      const request = new Request(`https://api.test${path}`, init);
      return (
        answerFromMemory(location, request, bindings) ??
        (await app.fetch(request, bindings, createExecutionContext()))
      );
    },
    another: () => openPlace(name),
  };
}

let ada: Publisher;
const berlin = openPlace("berlin");
const tokyo = openPlace("tokyo");

async function release(place: Place, version: string, name = "glyphs"): Promise<void> {
  const answer = await place.request(`/v1/teachers/${name}/versions/${version}`, {
    method: "PUT",
    body: JSON.stringify(await sign(ada, { name, version })),
    headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" },
  });
  expect(answer.status).toBe(201);
  await answer.json();
}

async function resolved(place: Place, spec: string): Promise<string> {
  const answer = await place.request(`/v1/teachers/glyphs/versions/${encodeURIComponent(spec)}`);
  expect(answer.status).toBe(200);
  const { manifest } = await answer.json<SignedManifest>();
  return (JSON.parse(manifest) as { version: string }).version;
}

async function listed(place: Place, query = ""): Promise<string[]> {
  const { teachers } = await (await place.request(`/v1/teachers${query}`)).json<TeacherList>();
  return teachers.map(({ name, version }) => `${name}@${version}`);
}

async function paged(place: Place): Promise<string[]> {
  const page = await (await place.request("/v1/teachers/glyphs")).json<TeacherOverview>();
  return page.releases.map(({ version }) => version);
}

beforeAll(async () => {
  ada = await makePublisher("ada");
  await release(berlin, "1.0.0");
});

describe("a warm read", () => {
  const paths = (digest: string) => [
    "/v1/teachers/glyphs/versions/1.0.0",
    "/v1/teachers/glyphs/versions/latest",
    "/v1/teachers/glyphs/versions/^1.0.0",
    "/v1/teachers/glyphs",
    "/v1/teachers",
    "/v1/teachers?q=three&task=glyphs&family=mixed&prefix=gl",
    `/v1/weights/${digest}`,
  ];

  it("takes at most two queries when cold, and touches neither D1 nor R2 when warm", async () => {
    for (const path of paths(ada.weights.sha256)) {
      const cold = openPlace(`cold ${path}`);
      take();
      expect((await (await cold.request(path)).arrayBuffer()).byteLength, path).toBeGreaterThan(0);
      const first = take();
      expect(first.d1, path).toBeLessThanOrEqual(2);
      expect(first.d1, path).toBeGreaterThan(0);
      // A get and a look at the size.
      expect(first.r2, path).toBe(path.includes("weights") ? 2 : 0);
      for (const place of [cold, cold.another()]) {
        for (const init of [
          {},
          { method: "HEAD" },
          { headers: { "If-None-Match": "*" } },
          { headers: { Range: "bytes=0-3" } },
        ] as RequestInit[]) {
          const answer = await place.request(path, init);
          expect([200, 206, 304]).toContain(answer.status);
          await answer.arrayBuffer();
        }
      }
      expect(take(), path).toEqual({ d1: 0, r2: 0 });
    }
  });

  it("answers the same from memory as from the cache and the database", async () => {
    const digest = ada.weights.sha256;
    const place = openPlace("parity");
    for (const path of [`/v1/teachers/glyphs/versions/1.0.0`, `/v1/weights/${digest}`]) {
      for (const init of [
        {},
        { method: "HEAD" },
        { headers: { "If-None-Match": '"x", *' } },
        { headers: { "If-None-Match": '"x"' } },
      ] as RequestInit[]) {
        const seen: unknown[] = [];
        for (const from of [openPlace("parity"), place, place]) {
          const answer = await from.request(path, init);
          const { "x-request-id": requestId, ...headers } = Object.fromEntries(answer.headers);
          expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
          seen.push([answer.status, headers, [...new Uint8Array(await answer.arrayBuffer())]]);
        }
        expect(seen[1]).toEqual(seen[0]);
        expect(seen[2]).toEqual(seen[0]);
      }
    }
  });
});

describe("what a write changes", () => {
  it("is seen at once where it happened, also by another isolate, and within a minute elsewhere", async () => {
    for (const place of [berlin, tokyo]) {
      expect(await resolved(place, "latest")).toBe("1.0.0");
      expect(await resolved(place, "^1")).toBe("1.0.0");
      expect(await listed(place)).toEqual(["glyphs@1.0.0"]);
      expect(await paged(place)).toEqual(["1.0.0"]);
    }
    await release(berlin, "1.1.0");
    for (const place of [berlin, berlin.another()]) {
      expect(await resolved(place, "latest")).toBe("1.1.0");
      expect(await resolved(place, "^1")).toBe("1.1.0");
      expect(await listed(place)).toEqual(["glyphs@1.1.0"]);
      expect(await paged(place)).toEqual(["1.1.0", "1.0.0"]);
    }
    clock += 59_000;
    const stale = await tokyo.request("/v1/teachers/glyphs/versions/latest");
    expect(stale.headers.get("Content-Location")).toBe("/v1/teachers/glyphs/versions/1.0.0");
    // Older caches downstream count from here: together they are no staler than a minute.
    expect([stale.headers.get("Cache-Control"), stale.headers.get("Age")]).toEqual([
      "public, max-age=60",
      "59",
    ]);
    await stale.arrayBuffer();
    expect(await listed(tokyo)).toEqual(["glyphs@1.0.0"]);
    expect(await paged(tokyo)).toEqual(["1.0.0"]);
    clock += 1000;
    expect(await resolved(tokyo, "latest")).toBe("1.1.0");
    expect(await resolved(tokyo, "^1")).toBe("1.1.0");
    expect(await listed(tokyo)).toEqual(["glyphs@1.1.0"]);
    expect(await paged(tokyo)).toEqual(["1.1.0", "1.0.0"]);
  });

  it("is not undone by a reader that read before the write and keeps after it", async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let reached = () => {};
    const reading = new Promise<void>((resolve) => (reached = resolve));
    const slowStore = async (): Promise<Store> => {
      const cache = await caches.open("berlin");
      return {
        match: (key) => cache.match(key),
        delete: (key) => cache.delete(key),
        async put(key, response) {
          if (String(key).includes("/index/")) {
            reached();
            await held;
          }
          await cache.put(key, response);
        },
      };
    };
    clock += 60_000;
    const slow = createApp(openLocation({ store: slowStore, now: () => clock }));
    const pending = slow.fetch(
      new Request("https://api.test/v1/teachers/glyphs/versions/latest"),
      bindings,
      createExecutionContext(),
    );
    await reading;
    await release(berlin, "1.2.0");
    goOn();
    expect((await pending).headers.get("Content-Location")).toContain("1.1.0");
    expect(await resolved(berlin, "latest")).toBe("1.2.0");
  });

  it("includes that there is a teacher at all", async () => {
    for (const place of [berlin, tokyo])
      await expectProblem(await place.request("/v1/teachers/newborn/versions/latest"), "unknown-teacher");
    await release(berlin, "0.1.0", "newborn");
    const here = await berlin.request("/v1/teachers/newborn/versions/latest");
    expect(here.status).toBe(200);
    await here.arrayBuffer();
    await expectProblem(await tokyo.request("/v1/teachers/newborn/versions/latest"), "unknown-teacher");
    clock += 60_000;
    expect(
      (await (await tokyo.request("/v1/teachers/newborn/versions/latest")).arrayBuffer()).byteLength,
    ).toBeGreaterThan(100);
  });
});

describe("a private teacher", () => {
  it("is read by its owner's tokens only, and kept nowhere", async () => {
    const weights = await makeWeights(77);
    const eve = { ...ada, weights };
    await (await putWeights(weights, ada.token)).arrayBuffer();
    const published = await berlin.request("/v1/teachers/secret/versions/1.0.0?visibility=private", {
      method: "PUT",
      body: JSON.stringify(await sign(eve, { name: "secret", version: "1.0.0" })),
      headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" },
    });
    expect(published.status).toBe(201);
    await published.arrayBuffer();
    await env.DB.prepare("UPDATE teachers SET visibility = 'private' WHERE name = 'secret'").run();
    const reader = await addToken("ada", { scopes: "read" });
    const stranger = await addToken("mallory", { scopes: "read publish" });
    const paths = [
      ["/v1/teachers/secret/versions/1.0.0", "unknown-teacher"],
      ["/v1/teachers/secret/versions/latest", "unknown-teacher"],
      ["/v1/teachers/secret", "unknown-teacher"],
      [`/v1/weights/${weights.sha256}`, "unknown-weights"],
    ] as const;
    for (let round = 0; round < 2; round++) {
      for (const [path, problem] of paths) {
        for (const token of [ada.token, reader]) {
          const answer = await berlin.request(path, { headers: { Authorization: `Bearer ${token}` } });
          expect([answer.status, answer.headers.get("Cache-Control")], path).toEqual([
            200,
            "private, no-store",
          ]);
          await answer.arrayBuffer();
        }
        const refused = [{}, { headers: { Authorization: `Bearer ${stranger}` } }] as RequestInit[];
        for (const init of refused) await expectProblem(await berlin.request(path, init), problem);
        const head = await berlin.request(path, { method: "HEAD" });
        expect(head.status, path).toBe(404);
      }
    }
    for (const query of ["", "?q=secret", "?prefix=sec"]) {
      const names = await listed(berlin, query);
      expect(names.filter((name) => name.startsWith("secret"))).toEqual([]);
    }
    const { detail } = await expectProblem(await berlin.request("/v1/teachers/none"), "unknown-teacher");
    expect(detail).not.toContain("secret");
  });

  it("is gone at once where it became private, whatever was kept of it", async () => {
    const weights = await makeWeights(78);
    await (await putWeights(weights, ada.token)).arrayBuffer();
    const authorized = { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" };
    const published = await berlin.request("/v1/teachers/retired/versions/1.0.0", {
      method: "PUT",
      body: JSON.stringify(await sign({ ...ada, weights }, { name: "retired", version: "1.0.0" })),
      headers: authorized,
    });
    expect(published.status).toBe(201);
    await published.arrayBuffer();
    const paths = [
      ["/v1/teachers/retired/versions/1.0.0", "unknown-teacher"],
      ["/v1/teachers/retired/versions/latest", "unknown-teacher"],
      ["/v1/teachers/retired", "unknown-teacher"],
      [`/v1/weights/${weights.sha256}`, "unknown-weights"],
    ] as const;
    for (const [path] of [...paths, ...paths]) {
      const answer = await berlin.request(path);
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    const state = describeTeacher(ada).state.features.map(() => 0);
    const emit = () =>
      berlin.request("/v1/teachers/retired/versions/1.0.0/emit", {
        method: "POST",
        body: JSON.stringify({ state }),
        headers: { "Content-Type": "application/json" },
      });
    for (let i = 0; i < 2; i++) {
      const answer = await emit();
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    expect(await listed(berlin, "?prefix=reti")).toEqual(["retired@1.0.0"]);

    const admin = await addToken("ada", { scopes: "admin" });
    const hidden = await berlin.request("/v1/teachers/retired/visibility", {
      method: "PUT",
      body: JSON.stringify({ visibility: "private" }),
      headers: { ...authorized, Authorization: `Bearer ${admin}` },
    });
    expect(hidden.status).toBe(200);
    await hidden.arrayBuffer();
    for (const [path, problem] of paths) await expectProblem(await berlin.request(path), problem);
    await expectProblem(await emit(), "unknown-teacher");
    expect(await listed(berlin, "?prefix=reti")).toEqual([]);
  });
});

it("answers also where the cache fails", async () => {
  const broken = async (): Promise<Store> => {
    throw new Error("no cache here");
  };
  const app = createApp(openLocation({ store: broken }));
  for (const path of [
    "/v1/teachers",
    "/v1/teachers/glyphs/versions/latest",
    `/v1/weights/${ada.weights.sha256}`,
  ]) {
    const answer = await app.fetch(
      new Request(`https://api.test${path}`),
      bindings,
      createExecutionContext(),
    );
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }
});
