import { expect, it } from "vitest";
import { parseByteRange } from "./byte-range.ts";
import { matchesTag } from "./conditional.ts";

it.each([
  ["bytes=0-3", { first: 0, last: 3 }],
  ["bytes=4-", { first: 4, last: 9 }],
  ["bytes=4-99", { first: 4, last: 9 }],
  ["bytes=-3", { first: 7, last: 9 }],
  ["bytes=-99", { first: 0, last: 9 }],
  ["bytes=9-9", { first: 9, last: 9 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=3-2", undefined],
  ["bytes=-", undefined],
  ["bytes=0-1,3-4", undefined],
  ["items=0-1", undefined],
  [undefined, undefined],
])("%s of 10 bytes is %o", (header, expected) => {
  expect(parseByteRange(header, 10)).toEqual(expected);
});

it("finds a tag weakly in If-None-Match", () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a"', "*"]) {
    expect(matchesTag(header, '"a"'), header).toBe(true);
  }
  for (const header of [undefined, "", "a", '"b"', '"aa"']) expect(matchesTag(header, '"a"')).toBe(false);
});
