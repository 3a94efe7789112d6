/**
 * Uniform numbers in [0, 1) with 53 bits, from a 32-bit seed: xoroshiro128+ 1.0 (Blackman & Vigna 2018), the same
 * numbers as pure-rand's `uniformFloat64(xoroshiro128plus(seed))`, which a test holds it against. Its class can't be
 * shaken: of its 0.4 KB in a page this needs a third.
 */
export function uniform(seed: number): () => number {
  let [high0, low0, high1, low1] = [-1, ~seed, seed | 0, 0];
  const next = (): number => {
    const out = (low0 + low1) | 0;
    const [low, high] = [low1 ^ low0, high1 ^ high0];
    [low0, high0] = [
      (low0 << 24) ^ (high0 >>> 8) ^ low ^ (low << 16),
      (high0 << 24) ^ (low0 >>> 8) ^ high ^ ((high << 16) | (low >>> 16)),
    ];
    [low1, high1] = [(high << 5) ^ (low >>> 27), (low << 5) ^ (high >>> 27)];
    return out;
  };
  return () => (next() & 0x3ffffff) * 2 ** -26 + (next() & 0x7ffffff) * 2 ** -53;
}
