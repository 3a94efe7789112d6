import { describe, expect, it } from "vitest";
import { parseSpec, selectVersion } from "./select-version.ts";

const versions = ["3.0.0-rc.1", "2.1.0", "2.0.0", "1.10.0", "1.9.3", "0.3.0"];
const select = (spec: string, among = versions) => selectVersion(parseSpec(spec), among);

describe("selectVersion", () => {
  it.each([
    ["1.9.3", "1.9.3"],
    ["1.9.4", undefined],
    ["latest", "2.1.0"],
    ["*", "2.1.0"],
    ["^1.0.0", "1.10.0"],
    ["~1.9", "1.9.3"],
    ["1.x", "1.10.0"],
    [">=1 <2.1", "2.0.0"],
    ["0.3 || 1.9", "1.9.3"],
    ["^3.0.0", undefined],
    ["^3.0.0-0", "3.0.0-rc.1"],
    ["^4", undefined],
  ])("%s selects %s", (spec, expected) => {
    expect(select(spec)).toBe(expected);
  });

  it("takes the highest prerelease for latest where there is nothing else", () => {
    expect(select("latest", ["1.0.0-b", "1.0.0-a"])).toBe("1.0.0-b");
    expect(select("latest", [])).toBeUndefined();
  });

  it("knows what is no spec", () => {
    for (const spec of ["new", "^", "1.2.3.4", "=>1", "1".repeat(200)]) {
      expect(parseSpec(spec), spec).toEqual({ kind: "invalid" });
    }
  });
});
