import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@lectern/client/connect";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exportTo } from "../scripts/backup/export.ts";
import { importFrom } from "../scripts/backup/import.ts";
import { openLocalStorage, type Storage } from "../scripts/backup/storage.ts";
import { startApi } from "../scripts/dev-server.ts";
import { makeTeacher, openWorld, publishTo } from "./fuzz/world.ts";

let folder: string;
let backup: string;
let token: string;

/** An API with teachers, a yank, a tag and a report, exported. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-backup-"));
  backup = join(folder, "backup");
  await using world = await openWorld();
  for (const [name, version, seed] of [
    ["kept", "1.0.0", 1],
    ["kept", "1.1.0", 2],
    ["other", "2.0.0", 2],
  ] as const)
    await publishTo(world.api, await makeTeacher(world.key, { name, version, seed }));
  ({ token } = world.api);
  const write = async (method: string, path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(world.api.url + path, { method, headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBeLessThan(300);
  };
  await write("PUT", "/v1/teachers/kept/versions/1.1.0/yank", { yanked: true, reason: "diverges" });
  await write("PUT", "/v1/teachers/kept/tags/beta", { version: "1.0.0" });
  await write("POST", "/v1/teachers/kept/results", {
    version: "1.0.0",
    task: "other",
    studentParameters: 100,
    errorWith: 0.1,
    errorWithout: 0.2,
    seeds: 2,
    reporter: "r".repeat(22),
  });
  await world.api.stop();
  await using storage = await openLocalStorage(world.persistTo);
  const { blobs, tables } = await exportTo(backup, storage);
  expect([blobs.length, tables["releases"]?.rows, tables["reports"]?.rows]).toEqual([2, 3, 1]);
});

afterAll(() => rm(folder, { recursive: true }));

it("puts an export into an empty API, from which the export is the same, digest by digest", async () => {
  const persistTo = join(folder, "restored/api");
  {
    await using storage = await openLocalStorage(persistTo);
    await importFrom(backup, storage);
    await exportTo(join(folder, "again"), storage);
  }
  const files = (await readdir(backup, { recursive: true })).toSorted();
  expect((await readdir(join(folder, "again"), { recursive: true })).toSorted()).toEqual(files);
  const read = (root: string) => readFile(join(root, "export.json"), "utf8");
  expect(await read(join(folder, "again"))).toBe(await read(backup));

  const api = await startApi({ port: 0, persistTo, quiet: true });
  const connection = connect(api.url);
  expect((await connection.teacher("kept@^1")).manifest.version).toBe("1.0.0");
  expect((await connection.teacher("kept@1.1.0")).manifest.version).toBe("1.1.0");
  expect((await connection.list()).teachers.map(({ name }) => name)).toEqual(["kept", "other"]);
  const whoami = await fetch(`${api.url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  expect(whoami.status).toBe(200);
  await api.stop();
});

it("goes on with an import that broke off at any call, never with a version whose weights are missing", async () => {
  await using storage = await openLocalStorage(join(folder, "broken/api"));
  let breaks = 0;
  for (let after = 0; ; after++) {
    const broke = await importFrom(backup, breakingAfter(storage, after)).then(
      () => false,
      (error: unknown) => String(error).includes("broken off"),
    );
    await expectNoHalf(storage);
    if (!broke) break;
    breaks += 1;
  }
  expect(breaks).toBe(10);
  await exportTo(join(folder, "resumed"), storage);
  expect(await readFile(join(folder, "resumed/export.json"), "utf8")).toBe(
    await readFile(join(backup, "export.json"), "utf8"),
  );
});

it("refuses a damaged export, one that never came to its end, and an API that isn't empty", async () => {
  await using storage = await openLocalStorage(join(folder, "refusing/api"));
  const damaged = join(folder, "damaged");
  await cp(backup, damaged, { recursive: true });
  const [blob] = await readdir(join(damaged, "blobs"));
  await writeFile(join(damaged, "blobs", blob!), "other bytes");
  await expect(importFrom(damaged, storage)).rejects.toMatchObject({
    code: "invalid-data",
    message: expect.stringContaining(blob!),
  });
  await rm(join(damaged, "export.json"));
  await expect(importFrom(damaged, storage)).rejects.toMatchObject({ code: "invalid-data" });
  expect(await storage.database.prepare("SELECT count(*) AS n FROM teachers").first("n")).toBe(0);
  await importFrom(backup, storage);
  await expect(importFrom(backup, storage)).rejects.toMatchObject({ code: "conflict" });
});

/** The storage, whose n-th writing call and all after it fail. */
function breakingAfter({ database, bucket }: Storage, calls: number): Storage {
  let left = calls;
  const guard =
    <Given extends unknown[], Result>(act: (...given: Given) => Promise<Result>) =>
    async (...given: Given) => {
      if (left-- <= 0) throw new Error("broken off");
      return act(...given);
    };
  return {
    database: new Proxy(database, {
      get: (target, key) => (key === "batch" ? guard(target.batch.bind(target)) : bindMember(target, key)),
    }),
    bucket: new Proxy(bucket, {
      get: (target, key) =>
        key === "put" || key === "delete"
          ? guard((target[key] as (...given: unknown[]) => Promise<unknown>).bind(target))
          : bindMember(target, key),
    }),
  };
}

function bindMember(target: object, key: string | symbol): unknown {
  const value = Reflect.get(target, key) as unknown;
  return typeof value === "function" ? (value as (...given: unknown[]) => unknown).bind(target) : value;
}

async function expectNoHalf({ database, bucket }: Storage): Promise<void> {
  const { results } = await database
    .prepare("SELECT name, version, weights_sha256 AS sha256 FROM releases")
    .all<{ name: string; version: string; sha256: string }>();
  for (const { name, version, sha256 } of results)
    expect(await bucket.head(`weights/${sha256}`), `${name}@${version}`).not.toBeNull();
}
