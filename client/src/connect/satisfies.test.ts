import fc from "fast-check";
import semver from "semver";
import { expect, it } from "vitest";
import { satisfies } from "./satisfies.ts";

const small = fc.integer({ min: 0, max: 3 });
const pre = fc.constantFrom("", "", "", "-0", "-rc.1", "-rc.2", "-alpha", "-1", "-rc.1.x");
const whole = fc.tuple(small, small, small, pre).map(([a, b, c, p]) => `${a}.${b}.${c}${p}`);
const part = fc.oneof(small.map(String), fc.constantFrom("x", "X", "*"));
const partial = fc.oneof(
  whole,
  part,
  fc.tuple(part, part).map((parts) => parts.join(".")),
  fc.tuple(part, part, part).map((parts) => parts.join(".")),
);
const operator = fc.constantFrom(
  "",
  "",
  "^",
  "~",
  "~>",
  ">",
  ">=",
  "<",
  "<=",
  "=",
  "v",
  "=v",
  ">= ",
  "^ ",
  "~ v",
);
const comparator = fc.tuple(operator, partial).map((pair) => pair.join(""));
const set = fc.oneof(
  fc.array(comparator, { minLength: 0, maxLength: 3 }).map((list) => list.join(" ")),
  fc.tuple(partial, partial).map((pair) => pair.join(" - ")),
);
const range = fc.oneof(
  { weight: 8, arbitrary: fc.array(set, { minLength: 1, maxLength: 3 }).map((list) => list.join(" || ")) },
  { weight: 1, arbitrary: fc.stringMatching(/^[ -*,-~]{0,12}$/) },
);

it("answers what semver answers", () => {
  fc.assert(
    fc.property(whole, range, (version, text) => {
      const expected = semver.validRange(text) === null ? undefined : semver.satisfies(version, text);
      // What semver can't read, this needn't either: it is the API that says so.
      if (expected !== undefined)
        expect([version, text, satisfies(version, text)]).toEqual([version, text, expected]);
    }),
    { numRuns: 20_000, seed: 20261124 },
  );
});

it.each([
  ["1.4.0", "^1.2", true],
  ["2.0.0", "^1.2", false],
  ["1.1.9", "^1.2", false],
  ["0.3.0", "^0.2", false],
  ["1.3.0-rc.1", "^1.2", false],
  ["1.3.0-rc.1", ">=1.3.0-rc.0", true],
  ["1.0.0", "1.x || 3.x", true],
  ["1.0.0", "latest", undefined],
  ["1.0.0", "01.2", undefined],
])("%s in %s: %s", (version, text, expected) => {
  expect(satisfies(version, text)).toBe(expected);
});
