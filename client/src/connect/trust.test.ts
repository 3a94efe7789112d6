import { endorseKey, generateSigningKey, type SigningKey, signManifest } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import type { PublisherKey, SignedManifest } from "@lectern/shared/schema";
import { beforeAll, expect, it } from "vitest";
import { answerBytes, answerJson, answerProblem, startApi } from "../../node/fake-api.ts";
import { manifest, openTestKey, weights, weightsPath } from "../../node/fixture-release.ts";
import { connect, memoryCache } from "./index.ts";

const owner = manifest.publisher.name;
const keysPath = `GET /v1/owners/${owner}/keys`;
const specPath = (spec: string) => `GET /v1/teachers/fixture-glyphs/versions/${spec}`;
let first: SigningKey;
let second: SigningKey;
let third: SigningKey;

beforeAll(async () => {
  first = await openTestKey();
  [second, third] = await Promise.all([generateSigningKey(), generateSigningKey()]);
});

function sign(key: SigningKey, changes: Record<string, unknown> = {}): Promise<SignedManifest> {
  const publisher = { name: owner, publicKey: key.publicKey };
  return signManifest(JSON.stringify({ ...manifest, publisher, ...changes }), key);
}

function listed(key: SigningKey, changes: Partial<PublisherKey> = {}): PublisherKey {
  const none = { endorsedBy: null, endorsement: null, retiredAt: null, revokedAt: null, revokedReason: null };
  return { publicKey: key.publicKey, createdAt: "2026-01-01T00:00:00.000Z", ...none, ...changes };
}

async function endorsed(key: SigningKey, by: SigningKey, changes: Partial<PublisherKey> = {}) {
  const statement = { owner, from: by.publicKey, to: key.publicKey };
  return listed(key, { endorsedBy: by.publicKey, endorsement: await endorseKey(statement, by), ...changes });
}

const answerKeys = (...keys: PublisherKey[]) => answerJson({ owner, keys });

async function refusal(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.then(
    () => "accepted",
    (error: unknown) => error,
  );
  return isLecternError(error) ? `${error.code}: ${error.message}` : String(error);
}

/** An API that answers to 1.0.0 as signed with the fixture's key, and a connection that has pulled it. */
async function openPinned(keys: readonly PublisherKey[] = [listed(first)]) {
  const api = await startApi({
    [specPath("1.0.0")]: answerJson(await sign(first)),
    [`GET ${weightsPath}`]: answerBytes(weights),
    [keysPath]: answerKeys(...keys),
  });
  const connection = connect(api.url, { cache: memoryCache() });
  expect((await connection.teacher("fixture-glyphs@1.0.0")).manifest.version).toBe("1.0.0");
  return { api, connection };
}

it("pins an owner's keys on first use, and asks for them no more", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  await connection.teacher("fixture-glyphs@1.0.0");
  expect(api.log.filter((line) => line === keysPath)).toHaveLength(1);
});

it("follows a rotation that the pinned key has endorsed, over several keys", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  api.routes[specPath("1.1.0")] = answerJson(await sign(third, { version: "1.1.0" }));
  api.routes[keysPath] = answerKeys(
    listed(first, { retiredAt: "2026-02-01T00:00:00.000Z" }),
    await endorsed(second, first),
    await endorsed(third, second),
  );
  expect((await connection.teacher("fixture-glyphs@1.1.0")).manifest.publisher.publicKey).toBe(
    third.publicKey,
  );
  // What the first key signed stays good.
  expect((await connection.teacher("fixture-glyphs@1.0.0")).manifest.version).toBe("1.0.0");
});

it("trusts a pinned key no more once it has seen that it was revoked", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  api.routes[keysPath] = answerKeys(listed(first), await endorsed(second, first));
  api.routes[specPath("1.1.0")] = answerJson(await sign(second, { version: "1.1.0" }));
  await connection.teacher("fixture-glyphs@1.1.0");
  api.routes[keysPath] = answerKeys(
    listed(first, { revokedAt: "2026-02-01T00:00:00.000Z" }),
    await endorsed(second, first),
    await endorsed(third, second),
  );
  api.routes[specPath("1.2.0")] = answerJson(await sign(third, { version: "1.2.0" }));
  await connection.teacher("fixture-glyphs@1.2.0");
  // Whoever stole it signs on, and an API that they hold says nothing of the revocation.
  api.routes[keysPath] = answerKeys(listed(first));
  api.routes[specPath("1.3.0")] = answerJson(await sign(first, { version: "1.3.0" }));
  expect(await refusal(connection.teacher("fixture-glyphs@1.3.0"))).toContain("which no pinned key of");
});

it("refuses a key that no pinned one has endorsed", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  const statement = { owner, from: first.publicKey, to: second.publicKey };
  const lists: Record<string, readonly PublisherKey[]> = {
    "on its own": [listed(first), listed(second)],
    "endorsed by itself": [listed(first), await endorsed(second, second)],
    "endorsed by a stranger in the pinned key's name": [
      listed(first),
      listed(second, { endorsedBy: first.publicKey, endorsement: await endorseKey(statement, third) }),
    ],
    "endorsed for another owner": [
      listed(first),
      listed(second, {
        endorsedBy: first.publicKey,
        endorsement: await endorseKey({ ...statement, owner: "eve" }, first),
      }),
    ],
    "endorsed by way of an unknown key": [listed(third), await endorsed(second, third)],
    "endorsed by a key that was revoked": [
      listed(first, { revokedAt: "2026-02-01T00:00:00.000Z" }),
      await endorsed(second, first),
    ],
    "revoked itself": [
      listed(first),
      await endorsed(second, first, { revokedAt: "2026-02-01T00:00:00.000Z" }),
    ],
    "of no list": [],
  };
  api.routes[specPath("1.1.0")] = answerJson(await sign(second, { version: "1.1.0" }));
  for (const [what, keys] of Object.entries(lists)) {
    api.routes[keysPath] = answerKeys(...keys);
    const said = await refusal(connection.teacher("fixture-glyphs@1.1.0"));
    expect(said, what).toContain(
      `integrity: fixture-glyphs 1.1.0 is signed with ${second.publicKey}, which no pinned key of ${owner} has endorsed.`,
    );
  }
  api.routes[keysPath] = answerProblem(404, "No owner.", "Look elsewhere.");
  expect(await refusal(connection.teacher("fixture-glyphs@1.1.0"))).toMatch(/^integrity: /);
});

it("refuses a revoked key at first sight, and takes an API without key lists", async () => {
  await using api = await startApi({
    [specPath("1.0.0")]: answerJson(await sign(first)),
    [`GET ${weightsPath}`]: answerBytes(weights),
    [keysPath]: answerKeys(listed(first, { revokedAt: "2026-02-01T00:00:00.000Z" }), listed(second)),
  });
  const pull = () => connect(api.url, { cache: memoryCache() }).teacher("fixture-glyphs@1.0.0");
  expect(await refusal(pull())).toContain(`which ${owner} has revoked`);
  delete api.routes[keysPath];
  expect((await pull()).manifest.version).toBe("1.0.0");
});

it("refuses another owner's manifest under a name that it knows", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  const publisher = { name: "eve", publicKey: second.publicKey };
  api.routes[specPath("1.1.0")] = answerJson(await sign(second, { version: "1.1.0", publisher }));
  expect(await refusal(connection.teacher("fixture-glyphs@1.1.0"))).toContain(
    `integrity: fixture-glyphs was ${owner}'s at ${api.url}, and 1.1.0 is eve's. If it was handed over, delete the pin`,
  );
});

it("refuses a range, or latest, that leads back, but not what was asked for exactly or by a tag", async () => {
  const { api, connection } = await openPinned();
  await using _ = api;
  const [old, fresh, pre] = await Promise.all(
    ["1.0.0", "1.2.0", "1.2.0-rc.1"].map((version) => sign(first, { version })),
  );
  const specs = ["latest", "^1.0.0", "~1.x", "x", "v1", "v1.x", "vx", "beta"];
  for (const spec of specs) {
    api.routes[specPath(spec)] = answerJson(fresh);
    expect((await connection.teacher(`fixture-glyphs@${spec}`)).manifest.version).toBe("1.2.0");
  }
  for (const older of [old, pre])
    for (const spec of specs) {
      api.routes[specPath(spec)] = answerJson(older);
      const said = await refusal(connection.teacher(`fixture-glyphs@${spec}`));
      if (spec === "beta") expect(said).toBe("accepted");
      else
        expect(said).toContain(
          older === old || spec === "latest"
            ? `integrity: fixture-glyphs@${spec} led to 1.2.0 before, and ${api.url} now answers`
            : `${api.url} answered fixture-glyphs@${spec} with 1.2.0-rc.1, which isn't in that range`,
        );
    }
  expect((await connection.teacher("fixture-glyphs@1.0.0")).manifest.version).toBe("1.0.0");
  api.routes[specPath("latest")] = answerJson(await sign(first, { version: "1.10.0" }));
  expect((await connection.teacher("fixture-glyphs")).manifest.version).toBe("1.10.0");
});
