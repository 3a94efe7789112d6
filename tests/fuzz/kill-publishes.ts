import { connect } from "@lectern/client/connect";
import { isLecternError } from "@lectern/shared/errors";
import { expect } from "vitest";
import { makeTeacher, openWorld, publishTo, type Teacher, type World } from "./world.ts";

export interface KillCounts {
  kills: number;
  /** Versions that were there, signature and digest right, after the restart. */
  whole: number;
  /** Those that were not there at all. */
  absent: number;
}

/**
 * Kills workerd with SIGKILL in the midst of publishing, once for each version, and starts it again over the same files:
 * then the version is whole or absent, and publishing it again succeeds.
 *
 * The first kill comes as its publication begins, the last after one and a half times as long as one takes.
 */
export async function killPublishes(kills: number): Promise<KillCounts> {
  await using world = await openWorld();
  const before = performance.now();
  await publishTo(world.api, await makeTeacher(world.key, { name: "measured", keys: 200 }));
  const longestMs = 1.5 * (performance.now() - before);
  const counts: KillCounts = { kills, whole: 0, absent: 0 };
  const names = Array.from({ length: kills }, (_, i) => `killed-${letters(i)}`);
  for (const [i, name] of names.entries()) {
    const teacher = await makeTeacher(world.key, { name, seed: i, keys: 200 });
    await killWhile(world, teacher, (longestMs * i) / Math.max(1, kills - 1));
    const standing = await look(world, name);
    counts[standing] += 1;
    await publishTo(world.api, teacher);
    expect(await look(world, name)).toBe("whole");
  }
  // No later crash took anything away.
  for (const name of names) expect(await look(world, name), name).toBe("whole");
  return counts;
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
