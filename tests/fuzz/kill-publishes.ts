import { connect } from "@lectern/client/connect";
import { isLecternError } from "@lectern/shared/errors";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { expect } from "vitest";
import { makeTeacher, openWorld, publishTo, type Teacher, type World } from "./world.ts";

export interface KillCounts {
  kills: number;
  /** Versions that were there, signature and digest right, after the restart. */
  whole: number;
  /** Those that were not there at all. */
  absent: number;
  /** Of the absent ones, those whose bytes had been stored: killed between the upload and the manifest. */
  uploaded: number;
}

/**
 * Kills workerd with SIGKILL in the midst of publishing, once for each version, and starts it again over the same files:
 * then the version is whole or absent, and publishing it again succeeds.
 *
 * The moments are drawn evenly from zero to one and a half times as long as a publication takes, which is measured
 * first and then followed, as workerd just started is slower, and other work on the machine comes and goes.
 */
export async function killPublishes(kills: number, seed: number): Promise<KillCounts> {
  await using world = await openWorld();
  const moments = xoroshiro128plus(seed);
  let publishMs = await time(async () =>
    publishTo(world.api, await makeTeacher(world.key, { name: "measured", keys: 200 })),
  );
  const counts: KillCounts = { kills, whole: 0, absent: 0, uploaded: 0 };
  const names = Array.from({ length: kills }, (_, i) => `killed-${letters(i)}`);
  for (const [i, name] of names.entries()) {
    const teacher = await makeTeacher(world.key, { name, seed: i, keys: 200 });
    await killWhile(world, teacher, 1.5 * publishMs * uniformFloat64(moments));
    const standing = await look(world, name);
    counts[standing] += 1;
    if (standing === "absent") {
      if (await isUploaded(world, teacher)) counts.uploaded += 1;
      publishMs += ((await time(() => publishTo(world.api, teacher))) - publishMs) / 8;
    } else await publishTo(world.api, teacher);
    expect(await look(world, name)).toBe("whole");
  }
  // No later crash took anything away.
  for (const name of names) expect(await look(world, name), name).toBe("whole");
  return counts;
}

/** One line for the test's output. */
export function describeKills({ kills, whole, absent, uploaded }: KillCounts): string {
  return (
    `${kills} kills during publications: ${whole} versions whole, ${absent} absent ` +
    `(${uploaded} of them with their weights stored already), none by half; each could be published again`
  );
}

async function killWhile(world: World, teacher: Teacher, afterMs: number): Promise<void> {
  const pid = await world.pid();
  const publishing = publishTo(world.api, teacher).catch(() => undefined);
  // The moment is what is varied here: a wait, but for nothing to happen.
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  process.kill(pid, "SIGKILL");
  await publishing;
  await world.restart();
}

async function time(act: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await act();
  return performance.now() - before;
}

/** As its publisher asks before it sends them. */
async function isUploaded({ api }: World, { signed }: Teacher): Promise<boolean> {
  const { weights } = JSON.parse(signed.manifest) as { weights: { sha256: string } };
  const answer = await fetch(`${api.url}/v1/weights/${weights.sha256}`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${api.token}` },
  });
  return answer.ok;
}

/** By all the ways that a reader has; the client checks signature, size and digest. */
async function look({ api }: World, name: string): Promise<"whole" | "absent"> {
  const connection = connect(api.url, { retries: 0 });
  const listed = (await connection.list({ query: name })).teachers.some((teacher) => teacher.name === name);
  try {
    const exact = await connection.teacher(`${name}@1.0.0`);
    const ranged = await connection.teacher(`${name}@^1`);
    expect([exact.manifest.name, ranged.signed.manifest, listed]).toEqual([
      name,
      exact.signed.manifest,
      true,
    ]);
    return "whole";
  } catch (error) {
    if (!isLecternError(error) || error.code !== "not-found") throw error;
    expect(listed, `${name} is listed, but can't be had`).toBe(false);
    return "absent";
  }
}

/** Digits would make names that look alike. */
function letters(i: number): string {
  return [...i.toString(26).padStart(3, "0")]
    .map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)))
    .join("");
}
