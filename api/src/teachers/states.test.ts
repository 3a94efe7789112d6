import { env } from "cloudflare:test";
import type { Ownership, ReleaseState, TagList } from "@lectern/shared/schema";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { makePublisher, makeWeights, publish, type Publisher, putWeights } from "../../test/releases.ts";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import { claimOrphans } from "../weights/orphans.ts";

let ada: Publisher;
let admin: string;
let bob: string;
let operator: string;

const send = (method: string, path: string, token: string, body?: unknown) =>
  request(`/v1/teachers/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const resolve = async (spec: string, name = "stated") => {
  const answer = await request(`/v1/teachers/${name}/versions/${spec}`);
  const { manifest } = await answer.json<{ manifest?: string }>();
  return manifest === undefined ? answer.status : (JSON.parse(manifest) as { version: string }).version;
};

beforeAll(async () => {
  ada = await makePublisher("ada");
  admin = await addToken("ada", { scopes: "admin" });
  bob = await addToken("bob", { scopes: "admin" });
  operator = await addToken("operator", { scopes: "admin" });
  for (const version of ["1.0.0", "1.1.0"]) await (await publish(ada, { name: "stated", version })).json();
});

describe("a yanked version", () => {
  const yank = (version: string, yanked: boolean, reason: string) =>
    send("PUT", `stated/versions/${version}/yank`, admin, { yanked, reason });

  it("answers to its exact version, but to no range or tag, until that is taken back", async () => {
    const state = await (await yank("1.1.0", true, "Wrong data.")).json<ReleaseState>();
    expect(state.yanked).toEqual({ at: expect.stringMatching(/^20/), reason: "Wrong data." });
    expect(await Promise.all(["^1.0.0", "latest", "1.1.0"].map((spec) => resolve(spec)))).toEqual([
      "1.0.0",
      "1.0.0",
      "1.1.0",
    ]);
    const audited = (await readAudit()).length;
    expect((await (await yank("1.1.0", true, "Wrong data.")).json<ReleaseState>()).yanked).toEqual(
      state.yanked,
    );
    expect((await readAudit()).length).toBe(audited);
    expect((await (await yank("1.1.0", false, "It was right.")).json<ReleaseState>()).yanked).toBeNull();
    expect(await resolve("^1.0.0")).toBe("1.1.0");
    expect((await readAudit()).slice(-2).map(({ action, subject }) => [action, subject])).toEqual([
      ["release.yank", "stated@1.1.0"],
      ["release.unyank", "stated@1.1.0"],
    ]);
  });

  it("needs a reason, and a version that there is", async () => {
    await expectProblem(await yank("1.1.0", true, " "), "invalid-body");
    await expectProblem(await yank("7.0.0", true, "x"), "unknown-version");
    const elsewhere = await send("PUT", "nobodys/versions/1.0.0/yank", admin, { yanked: true, reason: "x" });
    await expectProblem(elsewhere, "unknown-teacher");
  });
});

describe("a deprecated version", () => {
  it("says so on the page and with its manifest, until that is taken back", async () => {
    const deprecate = async (message: string | null) => {
      const answer = await send("PUT", "stated/versions/1.0.0/deprecation", admin, { message });
      return (await answer.json<ReleaseState>()).deprecated;
    };
    const header = async () => {
      const answer = await request("/v1/teachers/stated/versions/1.0.0");
      await answer.arrayBuffer();
      return answer.headers.get("Lectern-Deprecated");
    };
    const shown = async () => {
      const page = await (
        await request("/v1/teachers/stated")
      ).json<{ releases: Record<string, unknown>[] }>();
      return page.releases.find(({ version }) => version === "1.0.0")?.deprecated;
    };
    expect([await header(), await shown()]).toEqual([null, null]);
    expect(await deprecate("Für 1.1.0 ersetzt.")).toBe("Für 1.1.0 ersetzt.");
    expect([decodeURIComponent((await header())!), await shown()]).toEqual(
      Array.from({ length: 2 }).fill("Für 1.1.0 ersetzt."),
    );
    expect(await resolve("1.0.0")).toBe("1.0.0");
    expect(await deprecate(null)).toBeNull();
    expect([await header(), await shown()]).toEqual([null, null]);
  });
});

describe("tags", () => {
  const put = (tag: string, version: string) => send("PUT", `stated/tags/${tag}`, admin, { version });

  it("name a version, move, and go", async () => {
    expect(await (await put("beta", "1.0.0")).json<TagList>()).toEqual({
      name: "stated",
      tags: { beta: "1.0.0" },
    });
    expect(await resolve("beta")).toBe("1.0.0");
    await (await put("beta", "1.1.0")).json();
    expect(await resolve("beta")).toBe("1.1.0");
    await (await put("latest", "1.0.0")).json();
    expect([await resolve("latest"), await resolve("^1.0.0")]).toEqual(["1.0.0", "1.1.0"]);
    const { tags } = await (await request("/v1/teachers/stated/tags")).json<TagList>();
    expect(tags).toEqual({ beta: "1.1.0", latest: "1.0.0" });
    await (await send("DELETE", "stated/tags/latest", admin)).json();
    expect(await resolve("latest")).toBe("1.1.0");
    // Sent again, as after a lost answer, it is the same and nothing is noted.
    const audited = (await readAudit()).length;
    const again = await send("DELETE", "stated/tags/latest", admin);
    expect([again.status, await again.json<TagList>()]).toEqual([
      200,
      { name: "stated", tags: { beta: "1.1.0" } },
    ]);
    expect((await readAudit()).length).toBe(audited);
  });

  it("can't be what a range could be, or name what there isn't", async () => {
    for (const tag of ["x", "v1", "vx", "1.0.0", "^1", "Beta", "a--b", "a".repeat(70)])
      await expectProblem(await put(encodeURIComponent(tag), "1.0.0"), "invalid-request");
    await expectProblem(await put("beta", "9.9.9"), "unknown-version");
    expect(await resolve("constructor")).toBe(404);
  });
});

describe("a name", () => {
  it("changes hands when the other owner accepts, and not before", async () => {
    await (await publish(ada, { name: "handed-over", version: "1.0.0" })).json();
    const path = "handed-over/transfer";
    await expectProblem(await send("POST", `${path}/acceptance`, bob), "unknown-transfer");
    await expectProblem(await send("PUT", path, bob, { to: "bob" }), "not-owner");
    await expectProblem(await send("PUT", path, admin, { to: "nobody" }), "unknown-owner");
    const offer = await (await send("PUT", path, admin, { to: "bob" })).json<Ownership>();
    expect(offer).toEqual({ name: "handed-over", owner: "ada", visibility: "public", offeredTo: "bob" });
    expect((await (await send("DELETE", path, admin)).json<Ownership>()).offeredTo).toBeNull();
    await expectProblem(await send("POST", `${path}/acceptance`, bob), "unknown-transfer");
    const audited = (await readAudit()).length;
    expect((await (await send("DELETE", path, admin)).json<Ownership>()).offeredTo).toBeNull();
    expect((await readAudit()).length).toBe(audited);
    await (await send("PUT", path, admin, { to: "bob" })).json();
    const accepted = await (await send("POST", `${path}/acceptance`, bob)).json<Ownership>();
    expect(accepted).toMatchObject({ owner: "bob", offeredTo: null });
    expect(await (await send("POST", `${path}/acceptance`, bob)).json<Ownership>()).toEqual(accepted);
    await expectProblem(await send("POST", `${path}/acceptance`, admin), "unknown-transfer");
    await expectProblem(await publish(ada, { name: "handed-over", version: "1.1.0" }), "not-owner");
    const list = await request("/v1/audit?subject=handed-over", {
      headers: { Authorization: `Bearer ${admin}` },
    });
    const { entries } = await list.json<{ entries: { action: string; owner: string; concerns: string }[] }>();
    expect(entries[0]).toMatchObject({ action: "transfer.accept", owner: "bob", concerns: "ada" });
  });

  it("changes hands at once where an operator says so", async () => {
    const moved = await send("PUT", "handed-over/transfer", operator, { to: "ada" });
    expect(await moved.json<Ownership>()).toMatchObject({ owner: "ada", offeredTo: null });
  });
});

describe("a private teacher", () => {
  it("is there for its owner's tokens only, with its weights, and is kept by no cache", async () => {
    const own = { ...ada, weights: await makeWeights(11) };
    await (await putWeights(own.weights, own.token)).json();
    const name = "kept-private";
    expect((await publish(own, { name, version: "1.0.0" })).status).toBe(201);
    expect(await resolve("1.0.0", name)).toBe("1.0.0");
    await (await send("PUT", `${name}/visibility`, admin, { visibility: "private" })).json();
    const paths = [
      `teachers/${name}`,
      `teachers/${name}/versions/1.0.0`,
      `teachers/${name}/versions/^1.0.0`,
      `teachers/${name}/tags`,
      `weights/${own.weights.sha256}`,
    ];
    const reader = await addToken("ada", { scopes: "read" });
    for (const path of paths) {
      const kinds = path.startsWith("weights") ? "unknown-weights" : "unknown-teacher";
      await expectProblem(await request(`/v1/${path}`), kinds);
      await expectProblem(
        await request(`/v1/${path}`, { headers: { Authorization: `Bearer ${bob}` } }),
        kinds,
      );
      const answer = await request(`/v1/${path}`, { headers: { Authorization: `Bearer ${reader}` } });
      expect([path, answer.status, answer.headers.get("Cache-Control")]).toEqual([
        path,
        200,
        "private, no-store",
      ]);
      await answer.arrayBuffer();
    }
    // A token that isn't valid is told so of what there isn't, too: else it would tell what there is.
    const headers = { Authorization: `Bearer lec_${"u".repeat(43)}` };
    for (const path of [...paths, ...paths.map((path) => path.replace(name, "nobodys"))])
      await expectProblem(await request(`/v1/${path}`, { headers }), "invalid-token");
    await expectProblem(await request(`/v1/weights/${"0".repeat(64)}`, { headers }), "invalid-token");
    const { teachers } = await (await request("/v1/teachers")).json<{ teachers: { name: string }[] }>();
    expect(teachers.map((teacher) => teacher.name)).not.toContain(name);
    await (await send("PUT", `${name}/visibility`, admin, { visibility: "public" })).json();
    expect(await resolve("^1.0.0", name)).toBe("1.0.0");
  });
});

describe("a removal", () => {
  it("leaves a tombstone that says so, for good, and no bytes", async () => {
    const own = { ...ada, weights: await makeWeights(12) };
    const { sha256 } = own.weights;
    await (await putWeights(own.weights, own.token)).json();
    for (const version of ["1.0.0", "1.1.0"]) await (await publish(own, { name: "illegal", version })).json();
    await (await send("PUT", "illegal/tags/beta", admin, { version: "1.1.0" })).json();
    const remove = (version: string, token = operator) =>
      send("PUT", `illegal/versions/${version}/removal`, token, { reason: "A court's order." });
    await expectProblem(await remove("1.1.0", admin), "insufficient-scope");
    const state = await (await remove("1.1.0")).json<ReleaseState>();
    expect(state.removed).toEqual({ at: expect.stringMatching(/^20/), reason: "A court's order." });
    const { detail } = await expectProblem(await request("/v1/teachers/illegal/versions/1.1.0"), "removed");
    expect(detail).toBe("illegal@1.1.0 was removed from this API, for good: A court's order.");
    expect([await resolve("^1.0.0", "illegal"), await resolve("beta", "illegal")]).toEqual(["1.0.0", 404]);
    await expectProblem(await publish(own, { name: "illegal", version: "1.1.0" }), "removed");
    const audited = (await readAudit()).length;
    expect(await (await remove("1.1.0")).json<ReleaseState>()).toEqual(state);
    expect((await readAudit()).length).toBe(audited);
    // The other release has the weights still.
    expect(await env.WEIGHTS.head(`weights/${sha256}`)).not.toBeNull();
    await (await remove("1.0.0")).json();
    expect(await env.WEIGHTS.head(`weights/${sha256}`)).toBeNull();
    await expectProblem(await request(`/v1/weights/${sha256}`), "unknown-weights");
    const { results } = await env.DB.prepare("SELECT * FROM weights WHERE sha256 = ?").bind(sha256).all();
    expect(results).toEqual([]);
    await expectProblem(await request("/v1/teachers/illegal/versions/latest"), "unknown-version");
  });

  it("that broke off before the bytes were gone shows them to nobody, and is finished by sending it again", async () => {
    const own = { ...ada, weights: await makeWeights(13) };
    const { sha256 } = own.weights;
    await (await putWeights(own.weights, own.token)).json();
    await (await publish(own, { name: "broken-off", version: "1.0.0" })).json();
    const WEIGHTS = new Proxy(env.WEIGHTS, {
      get: (target, key) =>
        key === "delete"
          ? () => Promise.reject(new Error("no answer"))
          : (Reflect.get(target, key) as (...given: unknown[]) => unknown).bind(target),
    });
    const remove = (bucket: R2Bucket) =>
      createApp().request(
        "/v1/teachers/broken-off/versions/1.0.0/removal",
        {
          method: "PUT",
          headers: { Authorization: `Bearer ${operator}`, "Content-Type": "application/json" },
          body: JSON.stringify({ reason: "A court's order." }),
        },
        { ...env, WEIGHTS: bucket },
      );
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect((await remove(WEIGHTS)).status).toBe(500);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    expect(await env.WEIGHTS.head(`weights/${sha256}`)).not.toBeNull();
    await expectProblem(await request(`/v1/weights/${sha256}`), "unknown-weights");
    // Neither does a sweep in the same hour take them, whose removal may still be going on.
    expect(await claimOrphans(env.DB, new Date(Date.now() - 86_400_000).toISOString())).toEqual([]);
    expect((await remove(env.WEIGHTS)).status).toBe(200);
    expect(await env.WEIGHTS.head(`weights/${sha256}`)).toBeNull();
    expect((await putWeights(own.weights, own.token)).status).toBe(201);
  });
});

describe("names", () => {
  it("that are reserved, or taken for another owner's, are refused with what they collide with", async () => {
    const eve = await makePublisher("eve");
    for (const name of ["latest", "admin", "adm1n", "con", "lectern-official", "iectern-teachers", "lectem"])
      await expectProblem(await publish(eve, { name, version: "1.0.0" }), "reserved-name");
    for (const name of ["state-d", "s-tated"]) {
      const { detail } = await expectProblem(
        await publish(eve, { name, version: "1.0.0" }),
        "look-alike-name",
      );
      expect(detail).toBe(`The name ${name} can be taken for stated, which belongs to another owner.`);
    }
    // What is private isn't told to who guesses what is like it.
    await env.DB.prepare("UPDATE teachers SET visibility = 'private' WHERE name = 'stated'").run();
    const guess = await publish(eve, { name: "state-d", version: "1.0.0" });
    const { detail } = await expectProblem(guess, "look-alike-name");
    expect(detail).toBe("The name state-d can be taken for a name, which belongs to another owner.");
    await env.DB.prepare("UPDATE teachers SET visibility = 'public' WHERE name = 'stated'").run();
    // One slip away from a popular one.
    expect((await publish(eve, { name: "statde", version: "1.0.0" })).status).toBe(201);
    await env.DB.prepare("UPDATE teachers SET popularity = 50 WHERE name = 'stated'").run();
    for (const name of ["sttaed", "stted", "stateds", "xtated"])
      await expectProblem(await publish(eve, { name, version: "1.0.0" }), "look-alike-name");
    expect((await publish(ada, { name: "state-d", version: "1.0.0" })).status).toBe(201);
    expect((await publish(eve, { name: "unrelated", version: "1.0.0" })).status).toBe(201);
  });
});
