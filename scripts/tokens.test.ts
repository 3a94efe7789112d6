import { isLecternError } from "@lectern/shared/errors";
import { expect, it } from "vitest";
import { generateToken, registrationSql } from "./tokens.ts";

it("makes tokens of 256 bits that differ", () => {
  const tokens = Array.from({ length: 50 }, generateToken);
  for (const token of tokens) expect(token).toMatch(/^lec_[A-Za-z0-9_-]{43}$/);
  expect(new Set(tokens).size).toBe(50);
});

it("writes the hash, never the token", () => {
  const [trace, insert, ...rest] = registrationSql({ token: "lec_abc", owner: "ada" });
  expect(`${trace}${insert}`).not.toContain("lec_abc");
  // sha256sum of the token's bytes.
  expect(insert).toContain("'3ffe3aebc821ba7658f8fa85d2a24f24bdb3257088ec7f15926d1c46950e9188'");
  expect(insert).toContain("'ada', 'read publish yank admin'");
  expect(rest).toEqual([]);
});

it("refuses what could leave its quotes", () => {
  const key = `${"A".repeat(43)}=`;
  expect(registrationSql({ token: "lec_abc", owner: "ada", publicKey: key }).at(-1)).toContain(`'${key}'`);
  for (const bad of [
    { owner: "" },
    { owner: "Ada" },
    { owner: "a'; DROP TABLE tokens; --" },
    { owner: "ada", scopes: "read', '" },
    { owner: "ada", publicKey: "x'" },
    { owner: "ada", publicKey: "AAAA" },
  ]) {
    expect(() => registrationSql({ token: "lec_abc", ...bad })).toThrow(
      expect.toSatisfy((error: unknown) => isLecternError(error) && error.code === "invalid-argument"),
    );
  }
});
