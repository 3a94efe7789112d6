import { expect, test } from "vitest";
import { momentsToKeep, placesForOneRetake, retakenSteps } from "./checkpoint-schedule.ts";

/** The least that any choice of moments can do, by exhaustion: reversing moments 0 … length−1, the last one live. */
function fewestRetakes(steps: number, places: number): number {
  const known = new Map<string, number>();
  // Moments at … at+length−1 with a place for the first; one advance over all but the last was paid by the caller.
  const least = (length: number, places: number): number => {
    if (length <= 1) return 0;
    // The last moment is live, and the stretch before it has to be gone over again, but for what is kept.
    if (places === 1) return ((length - 1) * (length - 2)) / 2;
    const key = `${length},${places}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    let best = Infinity;
    for (let m = 1; m < length; m++)
      best = Math.min(best, Math.max(0, m - 1) + least(m, places) + least(length - m, places - 1));
    known.set(key, best);
    return best;
  };
  return least(steps + 1, places);
}

test("with a place for each step nothing is taken again", () => {
  expect(momentsToKeep(0, 6, 6)).toEqual([1, 2, 3, 4, 5]);
  expect(retakenSteps(6, 6)).toBe(0);
});

test("with one place every step is reached from the start", () => {
  expect(momentsToKeep(0, 6, 1)).toEqual([]);
  expect(retakenSteps(6, 1)).toBe(0 + 1 + 2 + 3 + 4 + 5);
});

test("no choice of moments takes fewer steps again: against exhaustion", () => {
  for (let steps = 1; steps <= 30; steps++)
    for (let places = 1; places <= 8; places++)
      expect([steps, places, retakenSteps(steps, places)]).toEqual([
        steps,
        places,
        fewestRetakes(steps, places),
      ]);
});

test("√(2T) places do with one retake of each step", () => {
  expect([100, 200, 1000, 10_000].map(placesForOneRetake)).toEqual([13, 19, 44, 140]);
  expect(retakenSteps(10_000, 140)).toBeLessThan(10_000);
  expect(retakenSteps(200, 19)).toBeLessThan(200);
  expect(retakenSteps(200, 18)).toBeGreaterThan(0);
});

test("moments kept lie between, ascending, and fit into the places", () => {
  for (const places of [2, 5, 17]) {
    const kept = momentsToKeep(100, 400, places);
    expect(kept).toHaveLength(places - 1);
    expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
    expect(kept.every((moment) => moment > 100 && moment < 400)).toBe(true);
  }
});
