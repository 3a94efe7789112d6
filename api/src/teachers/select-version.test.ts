import { describe, expect, it } from "vitest";
import { parseSpec, selectVersion } from "./select-version.ts";

const versions = ["3.0.0-rc.1", "2.1.0", "2.0.0", "1.10.0", "1.9.3", "0.3.0"];
const select = (spec: string, among = versions, yanked: string[] = [], tags: Record<string, string> = {}) =>
  selectVersion(parseSpec(spec), {
    versions: among.map((version) => ({ version, yanked: yanked.includes(version) })),
    tags,
  });

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

  it("passes yanked versions over, unless they are asked for exactly", () => {
    const yanked = ["2.1.0", "1.10.0"];
    expect(select("latest", versions, yanked)).toBe("2.0.0");
    expect(select("^1", versions, yanked)).toBe("1.9.3");
    expect(select("2.1.0", versions, yanked)).toBe("2.1.0");
    expect(select("latest", ["1.0.0"], ["1.0.0"])).toBeUndefined();
    expect(select("stable", versions, yanked, { stable: "2.1.0" })).toBeUndefined();
  });

  it("follows tags, and latest where its owner set it", () => {
    const tags = { latest: "1.10.0", beta: "3.0.0-rc.1" };
    expect(select("latest", versions, [], tags)).toBe("1.10.0");
    expect(select("latest", versions, ["1.10.0"], tags)).toBe("2.1.0");
    expect(select("beta", versions, [], tags)).toBe("3.0.0-rc.1");
    for (const none of ["gamma", "constructor", "to-string"])
      expect(select(none, versions, [], tags)).toBeUndefined();
  });

  it("knows what is no spec", () => {
    for (const spec of ["New", "^", "1.2.3.4", "=>1", "1".repeat(200), "a".repeat(33), "__proto__"]) {
      expect(parseSpec(spec), spec).toEqual({ kind: "invalid" });
    }
  });
});
