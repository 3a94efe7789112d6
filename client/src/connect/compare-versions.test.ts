import semver from "semver";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";

const number = fc.nat({ max: 12 }).map(String);
const identifier = fc.oneof(number, fc.stringMatching(/^[a-c-][a-c0-9-]{0,3}$/));
const version = fc
  .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre.length ? `-${pre.join(".")}` : ""}`);

it("orders versions as the semver package does", () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(Math.sign(compareVersions(a, b)) + 0).toBe(semver.compare(a, b));
    }),
    { seed: 1, numRuns: 2000 },
  );
});
