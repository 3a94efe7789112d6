/**
 * Which moments to keep on the way from one to another, so that all between them can be reversed in few steps taken
 * again: Revolve (Griewank & Walther 2000, Algorithm 799), as a pure function of the stretch and the places left. Who
 * reverses asks again for each stretch that it has to retake.
 *
 * With p places, C(p + r, r) moments can be had with no step taken more than r times. So √(2T) places do with one
 * retake, all T with none, and one place with T²/2 of them.
 */

/** C(n, k), or Infinity where it is beyond use. */
function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) {
    value = (value * (n - k + i)) / i;
    if (value > 2 ** 52) return Infinity;
  }
  return Math.round(value);
}

/** Moments that p places (one of them the first moment's own) and r passes over any step can reverse. */
const reach = (places: number, passes: number): number => binomial(places + passes, Math.min(places, passes));

/**
 * @param start the moment that one goes from: it has a place already
 * @param end the moment that one goes to: it is live at the end, and needs no place
 * @param places in all, `start`'s own among them, at least 1
 * @returns the moments to keep, ascending, between `start` and `end`, none of both; fewer than `places`
 */
export function momentsToKeep(start: number, end: number, places: number): number[] {
  const kept: number[] = [];
  for (let [at, left] = [start, places]; left > 1 && end - at > 1; left--) {
    at += nextPlace(end - at + 1, left);
    if (at >= end) break;
    kept.push(at);
  }
  return kept;
}

/** How far from a stretch's first moment the next one is kept, of `length` moments. */
function nextPlace(length: number, places: number): number {
  if (length <= places + 1) return 1;
  let passes = 2;
  while (reach(places, passes) < length) passes++;
  // What is left of it must do with one pass less, what is right of it with one place less.
  return Math.max(1, reach(places, passes - 2), length - reach(places - 1, passes));
}

/** The fewest places with which no step of T is taken more than twice: about √(2T). */
export function placesForOneRetake(steps: number): number {
  let places = 1;
  while (reach(places, 2) < steps + 1) places++;
  return places;
}

/** Steps taken again, for T steps and so many places: what `checkpoint` costs beside `store`. */
export function retakenSteps(steps: number, places: number): number {
  const kept = new Set([0, ...momentsToKeep(0, steps, places)]);
  let retaken = 0;
  for (let step = steps - 1; step >= 0; step--) {
    let from = step;
    while (!kept.has(from)) from--;
    if (from < step) for (const moment of momentsToKeep(from, step, places - kept.size + 1)) kept.add(moment);
    retaken += step - from;
    if (from === step) kept.delete(step);
  }
  return retaken;
}
