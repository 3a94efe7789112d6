import { expect } from "vitest";
import { openBareWorker } from "./bare-worker.ts";
import { fuzzPublications } from "./fuzz-publications.ts";
import { describeRaw, fuzzRaw } from "./raw-http.ts";
import { fuzzUploads } from "./upload-sequences.ts";
import type { World } from "./world.ts";

/** Sends HTTP that no client sends, in the midst of which workerd must live on. */
export async function runRaw(world: World, requests: number, seed: number): Promise<string> {
  await using bare = await openBareWorker({ reads: false });
  const { port, token, url } = world.api;
  const pid = await world.pid();
  const counts = await fuzzRaw({ port, bare: bare.port }, { requests, seed, token });
  expect(counts.failures).toEqual([]);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ok" });
  expect(await world.pid()).toBe(pid);
  return describeRaw(counts);
}

/** Writes that go well in parts. */
export async function runWrites(
  world: World,
  { small, large, publications, seed }: { small: number; large: number; publications: number; seed: number },
): Promise<string> {
  const inOne = await fuzzUploads(world, { sequences: small, seed, parts: 1 });
  const inThree = await fuzzUploads(world, { sequences: large, seed: seed + 10_000, parts: 3 });
  const { statuses, failures } = await fuzzPublications(world, { publications, seed });
  expect([...inOne.failures, ...inThree.failures, ...failures]).toEqual([]);
  expect([inOne.stored, inThree.stored]).toEqual([small, large]);
  expect(Math.min(statuses[201] ?? 0, statuses[422] ?? 0)).toBeGreaterThan(0);
  const refused = publications - (statuses[201] ?? 0);
  return (
    `${small + large} uploads in parts with ${inOne.steps + inThree.steps} steps in any order, ` +
    `${inOne.refused + inThree.refused} completions refused, all whole in the end; of ${publications} odd manifests ` +
    `${statuses[201]} taken as they were signed, ${refused} refused and not there`
  );
}

/** Bodies beyond the limit, by what they say of themselves and without a word. MiB. */
export async function sendHuge({ api: { url, token } }: World, mebibytes: number): Promise<number[]> {
  const piece = new Uint8Array(1024 * 1024);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
  const send = async (body: BodyInit) => {
    const address = `${url}/v1/weights/${"0".repeat(64)}`;
    const answer = await fetch(address, { method: "PUT", headers, body, duplex: "half" } as RequestInit);
    await answer.arrayBuffer();
    return answer.status;
  };
  let left = mebibytes;
  const unstated = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
  return [await send(new Uint8Array(mebibytes * piece.length)), await send(unstated)];
}
