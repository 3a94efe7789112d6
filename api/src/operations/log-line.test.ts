import { expect, it } from "vitest";
import { describeError, isWorthLogging, strikeSecrets } from "./log-line.ts";

it("strikes out tokens, authorizations and signatures, and keeps digests", () => {
  const digest = "0123456789abcdef".repeat(4);
  const signature = `${"q8/+".repeat(21)}ab==`;
  const text = `lec_${"a-_9".repeat(11)} Bearer s3cret,x bearer  other ${signature} ${digest}`;
  expect(strikeSecrets(text)).toBe(`lec_*** Bearer *** bearer  *** *** ${digest}`);
});

it("describes a failed query by its SQL, without parameters, and by its cause", () => {
  const error = new Error(
    'Failed query: insert into "tokens" values (?, ?)\nparams: 5e884898da280471,ada\nmore',
    { cause: new Error("D1_ERROR: no such table: tokens") },
  );
  expect(describeError(error)).toBe(
    'Error: Failed query: insert into "tokens" values (?, ?); cause: Error: D1_ERROR: no such table: tokens',
  );
  expect(describeError("plain")).toBe("plain");
});

it.each([
  ["all", "GET", 200, 0, true],
  [undefined, "GET", 200, 0, false],
  ["notable", "GET", 200, 1000, true],
  ["notable", "HEAD", 404, 0, true],
  ["notable", "PUT", 201, 0, true],
  ["errors", "PUT", 201, 5000, false],
  ["errors", "GET", 500, 0, true],
] as const)("with LOG=%s, %s that is %i after %i ms: %s", (setting, method, status, ms, expected) => {
  expect(isWorthLogging(setting, { method, status, ms })).toBe(expected);
});
