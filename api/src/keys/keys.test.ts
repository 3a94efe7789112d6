import { endorseKey, generateSigningKey, type SigningKey } from "@lectern/shared/artifact";
import type { KeyList, KeyRegistration } from "@lectern/shared/schema";
import { beforeAll, expect, it } from "vitest";
import { makePublisher, publish, type Publisher } from "../../test/releases.ts";
import { addToken, expectProblem, readAudit, request } from "../../test/requests.ts";

let ada: Publisher;
let admin: string;
let next: SigningKey;

beforeAll(async () => {
  ada = await makePublisher("ada");
  admin = await addToken("ada", { scopes: "admin" });
  next = await generateSigningKey();
  expect((await publish(ada, { name: "signed", version: "1.0.0" })).status).toBe(201);
});

const put = (what: "keys" | "revocations", body: unknown, owner = "ada", token = admin) =>
  request(`/v1/owners/${owner}/${what}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
const list = async () => (await request("/v1/owners/ada/keys")).json<KeyList>();

async function registration(
  from: SigningKey,
  to: SigningKey,
  changes: Partial<KeyRegistration> = {},
): Promise<KeyRegistration> {
  const statement = { owner: "ada", from: from.publicKey, to: to.publicKey };
  return {
    publicKey: to.publicKey,
    endorsedBy: from.publicKey,
    endorsement: await endorseKey(statement, from),
    proof: await endorseKey(statement, to),
    retire: false,
    ...changes,
  };
}

it("shows the key of the first publication, to everybody", async () => {
  const { owner, keys } = await list();
  expect(owner).toBe("ada");
  expect(keys).toEqual([
    {
      publicKey: ada.key.publicKey,
      createdAt: expect.stringMatching(/^20/),
      endorsedBy: null,
      endorsement: null,
      retiredAt: null,
      revokedAt: null,
      revokedReason: null,
    },
  ]);
  await expectProblem(await request("/v1/owners/nobody/keys"), "unknown-owner");
});

it("registers no key without the signatures of both", async () => {
  const stranger = await generateSigningKey();
  const right = await registration(ada.key, next);
  const forOther = { owner: "bob", from: ada.key.publicKey, to: next.publicKey };
  for (const [changes, detail] of [
    [{ proof: await endorseKey(forOther, next) }, "proof is not the new key's signature"],
    [{ proof: right.endorsement! }, "proof is not the new key's signature"],
    [{ endorsement: right.proof }, "endorsement is not a signature of"],
    [{ endorsement: await endorseKey(forOther, ada.key) }, "endorsement is not a signature of"],
    [{ endorsement: null }, "endorsedBy and endorsement go together"],
  ] as const) {
    const problem = await expectProblem(await put("keys", { ...right, ...changes }), "invalid-endorsement");
    expect(problem.detail).toContain(detail);
  }
  await expectProblem(await put("keys", await registration(stranger, next)), "unregistered-key");
  const alone = { owner: "ada", from: null, to: next.publicKey };
  const first = {
    publicKey: next.publicKey,
    endorsedBy: null,
    endorsement: null,
    proof: await endorseKey(alone, next),
  };
  await expectProblem(await put("keys", first), "unregistered-key");
  expect((await list()).keys).toHaveLength(1);
});

it("takes a key in one spelling only: a revoked one can't come back in another", async () => {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = digits[digits.indexOf(ada.key.publicKey[42]!) + 1]!;
  const other = `${ada.key.publicKey.slice(0, 42)}${last}=`;
  expect(atob(other)).toBe(atob(ada.key.publicKey));
  const wanted = await registration(ada.key, { ...ada.key, publicKey: other });
  await expectProblem(await put("keys", wanted), "invalid-body");
});

it("rotates: the new key signs, the old one no more, and what it signed stays", async () => {
  const wanted = await registration(ada.key, next, { retire: true });
  const { keys } = await (await put("keys", wanted)).json<KeyList>();
  expect(keys.map(({ publicKey }) => publicKey)).toEqual([ada.key.publicKey, next.publicKey]);
  expect(keys[0]!.retiredAt).toMatch(/^20/);
  expect(keys[1]).toMatchObject({ endorsedBy: ada.key.publicKey, endorsement: wanted.endorsement });
  const audited = (await readAudit()).length;
  expect(await (await put("keys", wanted)).json<KeyList>()).toEqual(await list());
  expect((await readAudit()).length).toBe(audited);
  expect((await readAudit()).slice(-2).map(({ action }) => action)).toEqual(["key.register", "key.retire"]);

  const late = await publish(ada, { name: "signed", version: "1.1.0" });
  await expectProblem(late, "revoked-key");
  expect((await publish({ ...ada, key: next }, { name: "signed", version: "1.1.0" })).status).toBe(201);
  expect((await publish(ada, { name: "signed", version: "1.0.0" })).status).toBe(200);
  const third = await generateSigningKey();
  await expectProblem(await put("keys", await registration(ada.key, third)), "revoked-key");
});

it("revokes for good, with a reason that everybody sees", async () => {
  const third = await generateSigningKey();
  expect((await put("keys", await registration(next, third))).status).toBe(200);
  const revoke = { publicKey: next.publicKey, reason: "A laptop was lost." };
  const { keys } = await (await put("revocations", revoke)).json<KeyList>();
  expect(keys[1]).toMatchObject({
    revokedAt: expect.stringMatching(/^20/),
    revokedReason: "A laptop was lost.",
  });
  await (await put("revocations", { ...revoke, reason: "Another." })).json();
  expect(await list()).toEqual({ owner: "ada", keys });
  await expectProblem(
    await publish({ ...ada, key: next }, { name: "signed", version: "1.2.0" }),
    "revoked-key",
  );
  await expectProblem(await put("keys", await registration(next, await generateSigningKey())), "revoked-key");
  await expectProblem(await put("keys", await registration(ada.key, next)), "revoked-key");
  expect((await publish({ ...ada, key: third }, { name: "signed", version: "1.2.0" })).status).toBe(201);
  // A successor that came without retiring the other does so when it is asked to; said again, nothing is noted.
  const fourth = await generateSigningKey();
  await (await put("keys", await registration(third, fourth))).json();
  const audited = (await readAudit()).length;
  const rotation = await registration(third, fourth, { retire: true });
  for (let time = 0; time < 2; time++) {
    const { keys } = await (await put("keys", rotation)).json<KeyList>();
    const retired = keys.map(({ retiredAt }) => retiredAt !== null);
    expect(retired).toEqual([true, false, true, false]);
  }
  expect((await readAudit()).slice(audited).map(({ action, subject }) => [action, subject])).toEqual([
    ["key.retire", third.publicKey],
  ]);
  await expectProblem(
    await put("revocations", { ...revoke, publicKey: `${"A".repeat(43)}=` }),
    "unknown-key",
  );
});

it("lets an owner without a key register the first, which its own signature proves", async () => {
  const bob = await addToken("bob", { scopes: "admin" });
  const key = await generateSigningKey();
  const statement = { owner: "bob", from: null, to: key.publicKey };
  const first = {
    publicKey: key.publicKey,
    endorsedBy: null,
    endorsement: null,
    proof: await endorseKey(statement, key),
  };
  expect((await put("keys", first, "bob", bob)).status).toBe(200);
  await expectProblem(await put("keys", first, "ada", bob), "not-owner");
});
