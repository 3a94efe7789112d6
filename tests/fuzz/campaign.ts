import { sha256Hex } from "@lectern/shared/artifact";
import { expect } from "vitest";
import { fuzz, type FuzzCounts } from "./run.ts";
import { makeTeacher, openWorld, publishTo } from "./world.ts";

/** Fuzzes an API that has teachers, and expects of every answer what the document says. */
export async function runCampaign(requests: number, seed: number): Promise<FuzzCounts> {
  await using world = await openWorld();
  const digests: string[] = [];
  for (const [name, version] of [
    ["glyphs", "1.0.0"],
    ["glyphs", "1.1.0"],
    ["letters", "0.1.0-rc.1"],
  ] as const) {
    const teacher = await makeTeacher(world.key, { name, version });
    await publishTo(world.api, teacher);
    digests.push(await sha256Hex(teacher.weights));
  }
  const counts = await fuzz({
    url: world.api.url,
    requests,
    seed,
    known: {
      name: ["glyphs", "letters"],
      version: ["1.0.0", "1.1.0", "latest", "^1", "~1.0", "0.1.0-rc.1"],
      sha256: digests,
    },
    tokens: [world.api.token],
    pid: await world.pid(),
  });
  expect(counts.failures).toEqual([]);
  expect(await (await fetch(`${world.api.url}/readyz`)).json()).toEqual({ status: "ok" });
  return counts;
}

/** One line for the test's output. */
export function describeCounts({ statuses, operations, memoryMb }: FuzzCounts): string {
  const total = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  return (
    `${total} fuzzed requests to ${operations} operations: no 500, nothing undocumented, nothing leaked ` +
    `(${shares.join(", ")}); workerd's memory ${memoryMb[0]} MB after a tenth, ${memoryMb.at(-1)} MB at the end`
  );
}
