import { sha256Hex } from "@lectern/shared/artifact";
import { expect } from "vitest";
import { openBareWorker } from "./bare-worker.ts";
import { measureMemory, type MemoryPoint } from "./memory.ts";
import type { Known } from "./requests.ts";
import { fuzz, type FuzzCounts, inParallel } from "./run.ts";
import { findWorkerd, makeTeacher, openWorld, publishTo, type World } from "./world.ts";

/** Fuzzes an API that has teachers, and expects of every answer what the document says. */
export async function runCampaign(world: World, requests: number, seed: number): Promise<FuzzCounts> {
  return campaign(world, { requests, seed, known: await furnish(world) });
}

export interface WatchedCounts extends FuzzCounts {
  ours: MemoryPoint[];
  /** Of a bare Worker that got the same requests. */
  bare: MemoryPoint[];
}

/** The same, with a look at the memory after each tenth. */
export async function runWatchedCampaign(requests: number, seed: number): Promise<WatchedCounts> {
  await using world = await openWorld({ inspect: true });
  await using worker = await openBareWorker({ reads: true });
  const [pid, barePid] = [await world.pid(), await findWorkerd(worker.port)];
  const inspector = world.api.inspector!;
  await fillMemory(world);
  const [ours, bare]: MemoryPoint[][] = [[], []];
  const counts = await campaign(world, {
    requests,
    seed,
    known: await furnish(world),
    twin: worker.url,
    onTenth: async (sent) => {
      ours!.push(await measureMemory(sent, { pid, inspector }));
      bare!.push(await measureMemory(sent, { pid: barePid, inspector: worker.inspector }));
    },
  });
  return { ...counts, ours: ours!, bare: bare! };
}

/** More answers than the Worker keeps in its 24 MiB: what still grows after this is no cache of ours. */
const moreThanKept = 11_000;

/** An answer is kept of each name that there is no teacher of. */
async function fillMemory({ api: { url } }: World): Promise<void> {
  const names = Array.from({ length: moreThanKept }, (_, i) => `nobody-${i}`);
  await inParallel(16, names, async (name) => {
    const answer = await fetch(`${url}/v1/teachers/${name}/versions/latest`);
    await answer.arrayBuffer();
  });
}

interface CampaignOptions {
  requests: number;
  seed: number;
  known: Known;
  twin?: string;
  onTenth?: (sent: number) => Promise<void>;
}

async function campaign({ api }: World, options: CampaignOptions): Promise<FuzzCounts> {
  const counts = await fuzz({ url: api.url, tokens: [api.token], ...options });
  expect(counts.failures).toEqual([]);
  expect(await (await fetch(`${api.url}/readyz`)).json()).toEqual({ status: "ok" });
  return counts;
}

/** Publishes some teachers. */
async function furnish({ api, key }: World): Promise<Known> {
  const digests: string[] = [];
  for (const [name, version] of [
    ["glyphs", "1.0.0"],
    ["glyphs", "1.1.0"],
    ["letters", "0.1.0-rc.1"],
  ] as const) {
    const teacher = await makeTeacher(key, { name, version });
    await publishTo(api, teacher);
    digests.push(await sha256Hex(teacher.weights));
  }
  return {
    name: ["glyphs", "letters"],
    version: ["1.0.0", "1.1.0", "latest", "^1", "~1.0", "0.1.0-rc.1"],
    sha256: digests,
  };
}

/** One line for the test's output. */
export function describeCounts({ statuses, operations }: FuzzCounts): string {
  const total = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  return (
    `${total} fuzzed requests to ${operations} operations: no 500, nothing undocumented, nothing leaked ` +
    `(${shares.join(", ")})`
  );
}
