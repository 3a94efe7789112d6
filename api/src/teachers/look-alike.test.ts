import { env } from "cloudflare:test";
import { expect, it } from "vitest";
import { isOneSlipAway, skeletonOf } from "./look-alike.ts";

it("folds what looks alike, as the migration did for the names of before", async () => {
  const names = ["mnist-noise", "mni5tn0ise", "rnnist", "wavvy", "b1g-8oy", "x2z", "ill-1l"];
  expect(skeletonOf("mnist-noise")).toBe(skeletonOf("mnl5tn0ise"));
  expect(skeletonOf("modern")).toBe(skeletonOf("modem"));
  expect(skeletonOf("glyphs")).not.toBe(skeletonOf("digits"));
  const migration = env.MIGRATIONS.find(({ name }) => name.startsWith("0002"))!;
  const update = migration.queries.find((query) => query.includes("UPDATE `teachers`"))!;
  for (const name of names)
    await env.DB.prepare("INSERT INTO teachers (name, owner, created_at) VALUES (?, 'ada', '')")
      .bind(name)
      .run();
  await env.DB.prepare(update.replace(/^(\s*--.*\n)+/, "")).run();
  const { results } = await env.DB.prepare("SELECT name, skeleton FROM teachers").all<
    Record<string, string>
  >();
  expect(results).toHaveLength(names.length);
  for (const { name, skeleton } of results) expect(skeleton).toBe(skeletonOf(name!));
});

it("knows one slip of a finger", () => {
  for (const other of ["glyph", "glyphss", "gliphs", "gylphs", "lyphs", "glyphz", "xglyphs"])
    expect([other, isOneSlipAway("glyphs", other), isOneSlipAway(other, "glyphs")]).toEqual([
      other,
      true,
      true,
    ]);
  for (const other of ["glyphs", "gylhps", "glyp", "glyphs-a", "digits", ""])
    expect([other, isOneSlipAway("glyphs", other)]).toEqual([other, false]);
  // Short names are near too many.
  expect(isOneSlipAway("ab", "ac")).toBe(false);
});
