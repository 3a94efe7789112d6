import { env } from "cloudflare:test";
import { beforeAll, expect, it } from "vitest";
import { makePublisher, publish, type Publisher } from "../../test/releases.ts";

let ada: Publisher;
beforeAll(async () => {
  ada = await makePublisher("ada");
});

const put = async (version: string, description: string, tasks = ["glyphs"]) => {
  const answer = await publish(ada, { name: "listed", version, description, tasks });
  expect(answer.status).toBe(201);
  await answer.arrayBuffer();
};
const run = (query: string) => env.DB.prepare(query).run();
const listing = () => env.DB.prepare("SELECT version, family, owner, visibility FROM listings").all();
const find = async (words: string) => {
  const { results } = await env.DB.prepare(
    "SELECT l.name, l.version FROM listing_text t JOIN listings l ON l.id = t.rowid WHERE listing_text MATCH ?",
  )
    .bind(`"${words}"`)
    .all();
  return results;
};
const tasks = async () =>
  (await env.DB.prepare("SELECT task FROM listing_tasks ORDER BY task").all()).results.map(
    ({ task }) => task,
  );

it("follows releases, tags, yanking and removal, by itself", async () => {
  await put("1.0.0", "Robust against noisy labels.");
  await put("1.1.0", "Learns from imbalanced classes.", ["glyphs", "digits"]);
  await put("2.0.0-rc.1", "Tries something else.");
  expect((await listing()).results).toEqual([
    { version: "1.1.0", family: "mixed", owner: "ada", visibility: "public" },
  ]);
  expect(await tasks()).toEqual(["digits", "glyphs"]);
  expect(await find("BALANCED cla")).toEqual([{ name: "listed", version: "1.1.0" }]);
  expect(await find("noisy")).toEqual([]);

  await run("INSERT INTO dist_tags VALUES ('listed', 'latest', '2.0.0-rc.1', '')");
  expect(await find("something else")).toEqual([{ name: "listed", version: "2.0.0-rc.1" }]);
  await run("DELETE FROM dist_tags");
  await run("INSERT INTO release_states (name, version, yanked_at) VALUES ('listed', '1.1.0', 'now')");
  expect(await find("noisy labels")).toEqual([{ name: "listed", version: "1.0.0" }]);
  expect(await tasks()).toEqual(["glyphs"]);
  await run("UPDATE release_states SET yanked_at = NULL");
  expect((await listing()).results[0]).toMatchObject({ version: "1.1.0" });
  await run("UPDATE teachers SET visibility = 'private'");
  expect((await listing()).results[0]).toMatchObject({ visibility: "private" });
});

it("lets only what has a tombstone be deleted, and keeps the tombstone", async () => {
  await expect(run("DELETE FROM releases")).rejects.toThrow("releases are kept");
  await run("UPDATE release_states SET removed_at = 'now'");
  await run("DELETE FROM releases WHERE version = '1.1.0'");
  expect((await listing()).results[0]).toMatchObject({ version: "1.0.0" });
  await expect(run("UPDATE release_states SET removed_at = NULL")).rejects.toThrow("tombstones are kept");
  await expect(run("DELETE FROM release_states")).rejects.toThrow("tombstones are kept");
});
