import { connect, memoryCache, publishTeacher } from "@lectern/client/connect";
import { generateSigningKey } from "@lectern/shared/artifact";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openAdversary } from "./fuzz/adversary.ts";
import { describeKills, killPublishes } from "./fuzz/kill-publishes.ts";
import { makeTeacher, openWorld, publishTo, type Teacher, type World } from "./fuzz/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

it("takes exactly one of 100 publications of a version with different content at the same time", async () => {
  const teachers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      makeTeacher(world.key, { name: "contested", seed: i % 7, description: `the ${i}th` }),
    ),
  );
  const outcomes = await Promise.allSettled(
    teachers.map((teacher) =>
      publishTeacher(world.api.url, { ...teacher, token: world.api.token, retries: 0, timeoutMs: 60_000 }),
    ),
  );
  const winners = outcomes.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
  const losers = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [outcome.reason as unknown] : [],
  );
  expect(winners).toHaveLength(1);
  for (const reason of losers) expect(reason).toMatchObject({ code: "conflict" });
  const { signed } = await connect(world.api.url).teacher("contested@1.0.0");
  expect(signed.manifest).toBe(teachers[winners[0]!]!.signed.manifest);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(
    `100 publications of one version: ${winners.length} won, ${losers.length} were refused as conflicts`,
  );
});

it("has each version whole or not at all after workerd was killed while it was published", async () => {
  const counts = await killPublishes(4, 14);
  expect(counts.whole + counts.absent).toBe(4);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(describeKills(counts));
});

it("makes a client refuse whatever an adversary between it and the API answers instead", async () => {
  const name = "honest";
  const publishings = await Promise.all([
    makeTeacher(world.key, { name, version: "1.0.0", seed: 1 }),
    makeTeacher(world.key, { name, version: "1.1.0", seed: 2 }),
    makeTeacher(world.key, { name: "decoy", version: "1.0.0", seed: 3 }),
  ]);
  for (const teacher of publishings) await publishTo(world.api, teacher);
  const [older, newer, decoy] = publishings as [Teacher, Teacher, Teacher];
  const stranger = await generateSigningKey();
  const forged = await makeTeacher(stranger, { name, version: "1.1.0", seed: 9 });
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const manifests = (make: (truth: Buffer) => Buffer) => (path: string, truth: Buffer) =>
    path.includes("/versions/") ? make(truth) : null;
  const weights = (make: (truth: Buffer) => Uint8Array) => (path: string, truth: Buffer) =>
    path.startsWith("/v1/weights/") ? Buffer.from(make(truth)) : null;
  const lies: Record<string, (path: string, truth: Buffer) => Buffer | null> = {
    "a manifest with a changed word": manifests(() =>
      json({ ...newer.signed, manifest: newer.signed.manifest.replace("MIT", "BSD") }),
    ),
    "a signature with a flipped bit": manifests(() =>
      json({
        ...newer.signed,
        signature: newer.signed.signature.replace(/^./, (c) => (c === "A" ? "B" : "A")),
      }),
    ),
    "another teacher's manifest": manifests(() => json(decoy.signed)),
    "the manifest of a stranger's key": manifests(() => json(forged.signed)),
    "a stranger's key beside the right manifest": manifests(() =>
      json({ ...newer.signed, publicKey: stranger.publicKey }),
    ),
    "an older manifest than this client has seen for the range": manifests(() => json(older.signed)),
    "half a manifest": manifests((truth) => truth.subarray(0, truth.length / 2)),
    "an empty answer": manifests(() => Buffer.alloc(0)),
    "weights with a flipped bit": weights((truth) => flip(truth, truth.length - 3)),
    "weights with a flipped header": weights((truth) => flip(truth, 12)),
    "truncated weights": weights((truth) => truth.subarray(0, truth.length - 4)),
    "weights with more behind": weights((truth) => Buffer.concat([truth, Buffer.alloc(4)])),
    "another teacher's weights": weights(() => decoy.weights),
    "the older version's weights": weights(() => older.weights),
    "no weights": weights(() => Buffer.alloc(0)),
  };
  await using adversary = await openAdversary(world.api.url);
  let refused = 0;
  for (const [what, lie] of Object.entries(lies)) {
    const cache = memoryCache();
    // Weights from elsewhere aren't taken from this cache: only what it pinned is kept.
    const trusting = { ...cache, get: async () => undefined, put: async () => undefined };
    const connection = connect(adversary.url, { cache: trusting, retries: 0 });
    adversary.lie = () => null;
    expect((await connection.teacher(`${name}@^1`)).manifest.version).toBe("1.1.0");
    adversary.lie = lie;
    await expect(connection.teacher(`${name}@^1`), what).rejects.toMatchObject({
      name: "LecternError",
      code: expect.stringMatching(/^(integrity|invalid-artifact|bad-response)$/),
    });
    refused += 1;
    adversary.lie = () => null;
    expect((await connection.teacher(`${name}@^1`)).manifest.version, `after ${what}`).toBe("1.1.0");
  }
  expect(refused).toBe(15);
  // oxlint-disable-next-line no-console -- the counts are wanted.
  console.log(`${refused} of ${Object.keys(lies).length} lies of an adversary were refused`);
});
