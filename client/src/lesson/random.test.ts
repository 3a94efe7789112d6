import fc from "fast-check";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { expect, test } from "vitest";
import { uniform } from "./random.ts";

test("the same numbers as pure-rand's, bit by bit", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [ours, theirs] = [uniform(seed), xoroshiro128plus(seed)];
      for (let i = 0; i < 50; i++) expect(ours()).toBe(uniformFloat64(theirs));
    }),
    { seed: 1 },
  );
});
