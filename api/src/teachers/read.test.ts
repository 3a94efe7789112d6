import type { SignedManifest, TeacherList, TeacherPage } from "@lectern/shared/schema";
import { sha256Hex, verifySignedManifest } from "@lectern/shared/artifact";
import { beforeAll, describe, expect, it } from "vitest";
import { makePublisher, publish, type Publisher, putRelease, sign } from "../../test/releases.ts";
import { expectProblem, request } from "../../test/requests.ts";

let ada: Publisher;
let exact: SignedManifest;
const versions = ["0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"];

beforeAll(async () => {
  ada = await makePublisher("ada");
  exact = await sign(ada, { name: "glyphs", version: "1.2.0" });
  for (const version of versions) {
    const envelope = version === "1.2.0" ? exact : await sign(ada, { name: "glyphs", version });
    expect((await putRelease("glyphs", version, envelope, ada.token)).status).toBe(201);
  }
  for (const [name, version, description] of [
    ["early", "1.0.0-alpha", "Only a prerelease"],
    ["mnist-noise", "1.0.0", "Écriture, 100 % % of it"],
    ["zebra", "1.0.0", "Stripes"],
  ] as const) {
    expect((await publish(ada, { name, version, description })).status).toBe(201);
  }
});

const get = (spec: string, headers: Record<string, string> = {}, method = "GET") =>
  request(`/v1/teachers/glyphs/versions/${encodeURIComponent(spec)}`, { method, headers });

describe("GET /v1/teachers/{name}/versions/{version}", () => {
  it("gives an exact version as it was published, immutable", async () => {
    const answer = await get("1.2.0");
    expect(answer.status).toBe(200);
    const envelope = await answer.json<SignedManifest>();
    expect(envelope).toEqual(exact);
    await verifySignedManifest(envelope);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=31536000, immutable",
      "content-location": "/v1/teachers/glyphs/versions/1.2.0",
      "content-type": "application/json",
      etag: `"${await sha256Hex(new TextEncoder().encode(exact.manifest))}"`,
    });
  });

  it.each([
    ["latest", "1.10.0"],
    ["^1.0.0", "1.10.0"],
    ["~1.2", "1.2.0"],
    ["<1", "0.9.0"],
    [">=1.0.0 <1.5 || 0.1", "1.2.0"],
    ["*", "1.10.0"],
    ["^2.0.0-0", "2.0.0-rc.1"],
  ])("resolves %s to %s, for a minute", async (spec, version) => {
    const answer = await get(spec);
    expect(answer.status).toBe(200);
    const { manifest } = await answer.json<SignedManifest>();
    expect(JSON.parse(manifest)).toMatchObject({ name: "glyphs", version });
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=60");
    expect(answer.headers.get("Content-Location")).toBe(`/v1/teachers/glyphs/versions/${version}`);
  });

  it("resolves latest to a prerelease where there is nothing else", async () => {
    const answer = await request("/v1/teachers/early/versions/latest");
    expect(JSON.parse((await answer.json<SignedManifest>()).manifest).version).toBe("1.0.0-alpha");
  });

  it("answers 304 to one that has it", async () => {
    for (const spec of ["1.2.0", "latest", "^1"]) {
      const tag = (await get(spec, {}, "HEAD")).headers.get("ETag")!;
      expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
      const same = await get(spec, { "If-None-Match": `"x", W/${tag}` });
      expect(same.status).toBe(304);
      expect(await same.text()).toBe("");
      expect(same.headers.get("ETag")).toBe(tag);
      expect(same.headers.get("Cache-Control")).toContain("public");
      expect(same.headers.get("Access-Control-Allow-Origin")).toBe("*");
    }
    const old = (await get("1.0.0", {}, "HEAD")).headers.get("ETag")!;
    const changed = await get("latest", { "If-None-Match": old });
    expect(changed.status).toBe(200);
    await changed.json();
  });

  it("lists what there is where nothing satisfies", async () => {
    for (const spec of ["1.2.1", "^3.0.0"]) {
      const { detail } = await expectProblem(await get(spec), "unknown-version");
      expect(detail).toBe(
        `No version of glyphs satisfies ${spec}; there are: 2.0.0-rc.1, 1.10.0, 1.2.0, 1.0.0, 0.9.0.`,
      );
    }
    const { detail } = await expectProblem(
      await request("/v1/teachers/nobody/versions/1.0.0"),
      "unknown-teacher",
    );
    expect(detail).toBe("There is no teacher named nobody; there are: early, glyphs, mnist-noise, zebra.");
  });

  it("says what is no version and no range", async () => {
    const { detail } = await expectProblem(await get("newest'; DROP TABLE releases"), "invalid-request");
    expect(detail).toContain("newest'; DROP TABLE releases");
    await expectProblem(await get("1".repeat(300)), "invalid-request");
    await expectProblem(await request("/v1/teachers/Glyphs/versions/1.0.0"), "invalid-request");
  });
});

describe("GET /v1/teachers/{name}", () => {
  it("gives the releases, highest first", async () => {
    const answer = await request("/v1/teachers/glyphs");
    const page = await answer.json<TeacherPage>();
    expect(page.name).toBe("glyphs");
    expect(page.releases.map(({ version }) => version)).toEqual(versions.toReversed());
    expect(page.releases[0]).toMatchObject({
      name: "glyphs",
      family: "mixed",
      classes: 3,
      tasks: ["glyphs"],
      weights: { sha256: ada.weights.sha256, bytes: ada.weights.bytes.length },
    });
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=60");
    await expectProblem(await request("/v1/teachers/nobody"), "unknown-teacher");
  });
});

describe("GET /v1/teachers", () => {
  const list = async (query = "") => (await request(`/v1/teachers${query}`)).json<TeacherList>();
  const name = (page: TeacherList) => page.teachers.map((release) => `${release.name}@${release.version}`);

  it("gives each teacher's newest release, by name", async () => {
    const page = await list();
    expect(name(page)).toEqual(["early@1.0.0-alpha", "glyphs@1.10.0", "mnist-noise@1.0.0", "zebra@1.0.0"]);
    expect(page.nextCursor).toBeNull();
  });

  it("gives pages, each teacher once", async () => {
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: TeacherList = await list(`?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...name(page));
      sizes.push(page.teachers.length);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(["early@1.0.0-alpha", "glyphs@1.10.0", "mnist-noise@1.0.0", "zebra@1.0.0"]);
    expect(sizes).toEqual([3, 1]);
    const whole = await list("?limit=4");
    expect(whole.nextCursor).toBeNull();
  });

  it("finds words in names and descriptions, whatever they hold", async () => {
    expect(name(await list("?q=STRIPES"))).toEqual(["zebra@1.0.0"]);
    expect(name(await list("?q=mnist-"))).toEqual(["mnist-noise@1.0.0"]);
    expect(name(await list(`?q=${encodeURIComponent("écriture, 100 % %")}`))).toEqual(["mnist-noise@1.0.0"]);
    expect(name(await list("?q=z%25a"))).toEqual([]);
    expect(name(await list(`?q=${encodeURIComponent("' OR 1=1 --")}`))).toEqual([]);
    const first = await list("?q=r&limit=1");
    expect([...name(first), first.nextCursor]).toEqual(["early@1.0.0-alpha", "early"]);
    expect(name(await list("?q=r&cursor=mnist-noise"))).toEqual(["zebra@1.0.0"]);
  });

  it("refuses what is no limit, cursor or word", async () => {
    for (const query of [
      "limit=0",
      "limit=101",
      "limit=many",
      "limit=1.5",
      "cursor=A'",
      `q=${"x".repeat(65)}`,
    ]) {
      const { detail } = await expectProblem(await request(`/v1/teachers?${query}`), "invalid-request");
      expect(detail).toContain(query.split("=")[0]);
    }
  });
});
