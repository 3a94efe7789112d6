import { env } from "cloudflare:test";
import { generateSigningKey, signManifest } from "@lectern/shared/artifact";
import { beforeAll, describe, expect, it } from "vitest";
import {
  describeTeacher,
  makePublisher,
  makeWeights,
  publish,
  type Publisher,
  putRelease,
  putWeights,
  sign,
} from "../../test/releases.ts";
import type { ProblemKind } from "../problems/kinds.ts";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";

let ada: Publisher;
let bob: Publisher;

beforeAll(async () => {
  ada = await makePublisher("ada");
  bob = await makePublisher("bob");
});

const countReleases = async (name: string) => {
  const row = await env.DB.prepare("SELECT count(*) AS n FROM releases WHERE name = ?")
    .bind(name)
    .first<{ n: number }>();
  return row?.n;
};

describe("PUT /v1/teachers/{name}/versions/{version}", () => {
  it("publishes, and answers what lists will show", async () => {
    const answer = await publish(ada, { name: "first", version: "1.0.0", description: "A teacher." });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({
      name: "first",
      version: "1.0.0",
      description: "A teacher.",
      family: "mixed",
      classes: 3,
      tasks: ["glyphs"],
      weights: { sha256: ada.weights.sha256, bytes: ada.weights.bytes.length },
      publisher: "ada",
      publishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect((await readAudit()).at(-1)).toEqual({
      owner: "ada",
      action: "release.publish",
      subject: "first@1.0.0",
      request_id: answer.headers.get("X-Request-Id"),
    });
  });

  it("audits the key that an owner's first publication registers", async () => {
    const fay = await makePublisher("fay");
    await (await publish(fay, { name: "fays", version: "1.0.0" })).json();
    await (await publish(fay, { name: "fays", version: "1.1.0" })).json();
    const rows = (await readAudit()).filter(({ owner }) => owner === "fay");
    expect(rows.map(({ action, subject }) => [action, subject])).toEqual([
      ["weights.put", fay.weights.sha256],
      ["key.register", fay.key.publicKey],
      ["release.publish", "fays@1.0.0"],
      ["release.publish", "fays@1.1.0"],
    ]);
  });

  it("shows nobody what was to be private under a name that is public", async () => {
    const put = async (version: string, visibility: string) =>
      request(`/v1/teachers/seen/versions/${version}?visibility=${visibility}`, {
        method: "PUT",
        body: JSON.stringify(await sign(ada, { name: "seen", version })),
        headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" },
      });
    expect((await put("1.0.0", "public")).status).toBe(201);
    const { detail } = await expectProblem(await put("1.1.0", "private"), "invalid-request");
    expect(detail).toBe("seen is public, so that 1.1.0 would be, too; a private one was asked for.");
    expect(await countReleases("seen")).toBe(1);
    expect((await put("1.1.0", "public")).status).toBe(201);
  });

  it("answers 200 to the same content again, and writes nothing", async () => {
    const envelope = await sign(ada, { name: "same", version: "1.0.0" });
    const first = await putRelease("same", "1.0.0", envelope, ada.token);
    expect(first.status).toBe(201);
    const shown = await first.json();
    const audited = (await readAudit()).length;
    const again = await putRelease("same", "1.0.0", envelope, ada.token);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(shown);
    expect((await readAudit()).length).toBe(audited);
  });

  it("refuses other content of the same version, were it only a space", async () => {
    await (await publish(ada, { name: "fixed", version: "1.0.0" })).json();
    const other = await publish(ada, { name: "fixed", version: "1.0.0", description: "Other." });
    const { detail, remedy } = await expectProblem(other, "version-exists");
    expect(detail).toContain("fixed@1.0.0");
    expect(detail).toContain("immutable");
    expect(remedy).toBe("Publish a higher version.");
    const text = JSON.stringify(describeTeacher(ada, { name: "fixed", version: "1.0.0" }), null, 3);
    const spaced = await signManifest(text, ada.key);
    await expectProblem(await putRelease("fixed", "1.0.0", spaced, ada.token), "version-exists");
    expect((await publish(ada, { name: "fixed", version: "1.0.1", description: "Other." })).status).toBe(201);
  });

  it("lets one of many different publications of a version win", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        publish(ada, { name: "raced", version: "1.0.0", description: `Number ${index}` }),
      ),
    );
    const won = answers.filter(({ status }) => status === 201);
    const lost = answers.filter(({ status }) => status === 409);
    expect([won.length, lost.length]).toEqual([1, 7]);
    const release = await won[0]!.json<{ description: string }>();
    const stored = await (await request("/v1/teachers/raced/versions/1.0.0")).json<{ manifest: string }>();
    expect(JSON.parse(stored.manifest).description).toBe(release.description);
    for (const answer of lost) await expectProblem(answer, "version-exists");
    expect((await readAudit()).filter(({ subject }) => subject === "raced@1.0.0")).toHaveLength(1);
  });

  it("answers 201 once to the same publication many times at once", async () => {
    const envelope = await sign(ada, { name: "raced-same", version: "1.0.0" });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => putRelease("raced-same", "1.0.0", envelope, ada.token)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201]);
    await Promise.all(answers.map((answer) => answer.json()));
    expect(await countReleases("raced-same")).toBe(1);
  });
});

describe("ownership", () => {
  it("gives a name to the owner who first published it", async () => {
    await (await publish(ada, { name: "adas", version: "1.0.0" })).json();
    for (const version of ["1.0.0", "2.0.0"]) {
      const { detail } = await expectProblem(await publish(bob, { name: "adas", version }), "not-owner");
      expect(detail).toContain("adas");
    }
    expect(await countReleases("adas")).toBe(1);
  });

  it("gives a contested name to one of two", async () => {
    const answers = await Promise.all(
      [ada, bob].map((who) => publish(who, { name: "contested", version: "1.0.0" })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403]);
    await expectProblem(
      answers.find(({ status }) => status === 403)!,
      "not-owner",
    );
    expect(await countReleases("contested")).toBe(1);
  });

  it("pins the first key of an owner, and refuses a later other one with a remedy", async () => {
    await (await publish(ada, { name: "pinned", version: "1.0.0" })).json();
    const stranger = { ...ada, key: await generateSigningKey() };
    const { detail, remedy } = await expectProblem(
      await publish(stranger, { name: "pinned", version: "2.0.0" }),
      "unregistered-key",
    );
    expect(detail).toContain(ada.key.publicKey);
    expect(detail).toContain(stranger.key.publicKey);
    expect(remedy).toContain("Sign with the registered key");
    await expectProblem(await publish(stranger, { name: "new-name", version: "1.0.0" }), "unregistered-key");
    expect(await countReleases("pinned")).toBe(1);
  });

  it("registers one key when an owner's first two publications race with two", async () => {
    const one = { ...(await makePublisher("carol")), weights: ada.weights };
    const two = { ...one, key: await generateSigningKey() };
    const answers = await Promise.all([
      publish(one, { name: "carols-one", version: "1.0.0" }),
      publish(two, { name: "carols-two", version: "1.0.0" }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403]);
    await expectProblem(
      answers.find(({ status }) => status === 403)!,
      "unregistered-key",
    );
  });

  it("refuses another key than the bootstrap registered", async () => {
    const dan = {
      owner: "dan",
      token: await addToken("dan"),
      key: await generateSigningKey(),
      weights: ada.weights,
    };
    const registered = await generateSigningKey();
    await env.DB.prepare(
      "INSERT INTO publisher_keys (owner, public_key, created_at) VALUES ('dan', ?, '2026-01-01T00:00:00.000Z')",
    )
      .bind(registered.publicKey)
      .run();
    await expectProblem(await publish(dan, { name: "dans", version: "1.0.0" }), "unregistered-key");
    const answer = await publish({ ...dan, key: registered }, { name: "dans", version: "1.0.0" });
    expect(answer.status).toBe(201);
  });
});

describe("what an envelope must be", () => {
  const put = (envelope: unknown) => putRelease("strict", "1.0.0", envelope, ada.token);
  const signText = (text: string) => signManifest(text, ada.key);
  const signChanged = (changes: Record<string, unknown>) =>
    signText(JSON.stringify({ ...describeTeacher(ada, { name: "strict", version: "1.0.0" }), ...changes }));

  it("has the path's name and version", async () => {
    const envelope = await sign(ada, { name: "strict", version: "1.0.0" });
    for (const [name, version] of [
      ["strict", "1.0.1"],
      ["other", "1.0.0"],
    ] as const) {
      const { detail } = await expectProblem(
        await putRelease(name, version, envelope, ada.token),
        "address-mismatch",
      );
      expect(detail).toContain("strict@1.0.0");
      expect(detail).toContain(`${name}@${version}`);
    }
    for (const [name, version] of [
      ["Strict", "1.0.0"],
      ["strict", "1.0"],
      ["strict", "1.0.0+build"],
    ] as const) {
      await expectProblem(await putRelease(name, version, envelope, ada.token), "invalid-request");
    }
  });

  it("is signed over the exact bytes, by the key that the manifest names", async () => {
    const envelope = await sign(ada, { name: "strict", version: "1.0.0" });
    const byBob = await signManifest(envelope.manifest, bob.key);
    const broken = [
      { ...envelope, manifest: `${envelope.manifest} ` },
      { ...envelope, manifest: JSON.stringify(JSON.parse(envelope.manifest)) },
      { ...envelope, signature: byBob.signature },
      { ...envelope, signature: btoa("short") },
      { ...envelope, signature: "" },
      byBob,
    ];
    for (const bad of broken) await expectProblem(await put(bad), "invalid-signature");
    const noKey = await signChanged({ publisher: { name: "test-publisher", publicKey: "AAAA" } });
    await expectProblem(await put({ ...noKey, publicKey: "AAAA" }), "invalid-signature");
    expect(await countReleases("strict")).toBe(0);
  });

  it("has a manifest of a format that this API reads", async () => {
    const { detail } = await expectProblem(
      await put(await signChanged({ formatVersion: 2, somethingNew: true })),
      "unsupported-format",
    );
    expect(detail).toContain("formatVersion 2");
    expect(detail).toContain("formatVersion 1");
    for (const [changes, named] of [
      [{ formatVersion: 0 }, "formatVersion"],
      [{ formatVersion: "2" }, "formatVersion"],
      [{ format: "other" }, "format"],
      [{ loss: { family: "hinge" } }, "loss.family"],
      [{ unknown: 1 }, "unknown"],
      [{ classes: { count: 1, names: ["a", "b"] } }, "classes.count"],
      [{ tasks: [] }, "tasks"],
    ] as const) {
      const problem = await expectProblem(await put(await signChanged(changes)), "invalid-manifest");
      expect(problem.detail, JSON.stringify(changes)).toContain(named);
    }
    for (const text of ["{", "null", "[]", '"text"', ""]) {
      await expectProblem(await put(await signText(text)), "invalid-manifest");
    }
    const envelope = await sign(ada, { name: "strict", version: "1.0.0" });
    const lone = { ...envelope, manifest: envelope.manifest.replace("Three", "\uD800") };
    await expectProblem(await put(lone), "invalid-manifest");
  });

  it("has a manifest that fits in a database row", async () => {
    const { detail } = await expectProblem(
      await put(await signText(`"${"é".repeat(600_000)}"`)),
      "invalid-manifest",
    );
    expect(detail).toContain("1200002 bytes");
  });

  it("names its owner as publisher", async () => {
    const publisher = { name: "bob", publicKey: ada.key.publicKey };
    const { detail } = await expectProblem(await put(await signChanged({ publisher })), "publisher-mismatch");
    expect(detail).toBe("The manifest's publisher is bob, but the token is ada's.");
  });

  it("has weights of the teacher that it describes", async () => {
    const example = describeTeacher(ada);
    const refused: [Record<string, unknown>, ProblemKind, string][] = [
      [
        { teacher: { kind: "attention", keys: 3 } },
        "weights-mismatch",
        "U is F32 [2, 3, 3], expected F32 [3",
      ],
      [{ loss: { family: "bilinear" } }, "weights-mismatch", 'the tensor "U" is none of them'],
      [{ teacher: { kind: "gate" } }, "weights-mismatch", "V is F32 [6, 2], expected F32 [6, 1]"],
      [{ classes: { count: 3, names: ["a", "b"] } }, "invalid-manifest", "names has 2 different names"],
      [{ classes: { count: 3, names: ["a", "b", "a"] } }, "invalid-manifest", "names has 2 different names"],
      [
        { state: { ...example.state, features: [{ name: "mood", offset: 0, scale: 1 }] } },
        "invalid-manifest",
        'the state feature "mood" is unknown',
      ],
    ];
    for (const [changes, kind, expected] of refused) {
      const { detail } = await expectProblem(await put(await signChanged(changes)), kind);
      expect(detail).toContain(expected);
    }
  });

  it("has weights that were uploaded, of the size it says", async () => {
    const eve = { ...ada, weights: await makeWeights(9) };
    const envelope = await sign(eve, { name: "strict", version: "1.0.0" });
    const { remedy } = await expectProblem(await put(envelope), "missing-weights");
    expect(remedy).toContain(`Upload the weights first: PUT /v1/weights/${eve.weights.sha256}`);
    const longer = { format: "safetensors" as const, sha256: ada.weights.sha256, bytes: 999 };
    const { detail } = await expectProblem(
      await put(await signChanged({ weights: longer })),
      "weights-mismatch",
    );
    expect(detail).toContain("999 bytes");
    await (await putWeights(eve.weights, ada.token)).json();
    expect((await put(envelope)).status).toBe(201);
  });

  it("is a JSON object of its schema, and says so", async () => {
    const url = "/v1/teachers/strict/versions/9.0.0";
    const send = (body: string, type?: string) =>
      request(url, {
        method: "PUT",
        body: new TextEncoder().encode(body),
        headers: {
          Authorization: `Bearer ${ada.token}`,
          ...(type === undefined ? {} : { "Content-Type": type }),
        },
      });
    for (const body of ["{", "", "nonsense"])
      await expectProblem(await send(body, "application/json"), "bad-json");
    for (const body of ["null", "[]", "{}", '{"manifest":1,"signature":"","publicKey":""}']) {
      await expectProblem(await send(body, "application/json; charset=utf-8"), "invalid-body");
    }
    const { detail } = await expectProblem(
      await send('{"manifest":"","signature":"!","publicKey":""}', "application/json"),
      "invalid-body",
    );
    expect(detail).toContain("signature");
    await expectProblem(await send("{}", "text/plain"), "unsupported-media-type");
    await expectProblem(await send("{}"), "unsupported-media-type");
    await expectProblem(await send(`"${"x".repeat(4 * 1024 * 1024)}"`, "application/json"), "body-too-large");
  });
});

describe("the database", () => {
  it("itself refuses to change a release or the audit", async () => {
    await (await putWeights(await makeWeights(7), ada.token)).json();
    await (await publish(ada, { name: "kept", version: "1.0.0" })).json();
    const run = (query: string) => env.DB.prepare(query).run();
    await expect(run("UPDATE releases SET manifest = ''")).rejects.toThrow("releases are immutable");
    await expect(run("UPDATE audit SET owner = 'eve'")).rejects.toThrow("audit is append-only");
    await expect(run("DELETE FROM audit")).rejects.toThrow("audit is append-only");
  });
});
