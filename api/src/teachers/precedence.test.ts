import { versionPattern } from "@lectern/shared/schema";
import fc from "fast-check";
import compare from "semver/functions/compare.js";
import { expect, it } from "vitest";
import { isStable, precedence } from "./precedence.ts";

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

it("orders the specification's own examples (semver 2.0.0 §11)", () => {
  const ascending = [
    "1.0.0-0",
    "1.0.0-9",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-beta-x",
    "1.0.0-rc.1",
    "1.0.0",
    "1.9.0",
    "1.10.0",
    "2.0.0-a",
  ];
  expect(ascending.toReversed().toSorted((a, b) => order(precedence(a), precedence(b)))).toEqual(ascending);
  expect(ascending.filter(isStable)).toEqual(["1.0.0", "1.9.0", "1.10.0"]);
  expect(precedence("1.2.3-rc.1")).toBe("000000001.000000002.000000003-1rc!0011!");
});

it("orders any two versions as semver does", () => {
  const identifier = fc.oneof(fc.nat({ max: 12 }).map(String), fc.stringMatching(/^[0-9a-zA-Z-]{1,4}$/));
  const version = fc
    .tuple(fc.nat(11), fc.nat(2), fc.nat(2), fc.array(identifier, { maxLength: 3 }))
    .map(
      ([major, minor, patch, ids]) =>
        `${major}.${minor}.${patch}${ids.length > 0 ? "-" : ""}${ids.join(".")}`,
    )
    .filter((text) => versionPattern.test(text));
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(order(precedence(a), precedence(b))).toBe(compare(a, b));
    }),
    { seed: 1, numRuns: 500 },
  );
});
