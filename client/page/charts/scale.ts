/** A linear map from data to pixels, with round ticks. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

export function linearScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  ticks = 5,
): Scale {
  const span = high - low || 1;
  const map = (value: number) => from + ((value - low) / span) * (to - from);
  return Object.assign(map, { ticks: roundTicks(low, low + span, ticks) });
}

/** About `count` multiples of 1, 2 or 5 × 10ⁿ in [low, high]. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Divided where the step is a fraction: 3 × 0.1 isn't 0.3, 3 / 10 is.
  const tick = (i: number) => (step < 1 ? i / Math.round(1 / step) : i * step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => tick(first + i));
}

/** The smallest interval that holds all finite values. */
export function extent(
  values: Iterable<number>,
  fallback: readonly [number, number] = [0, 1],
): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [...fallback];
}
