import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { trainCommand } from "./train.ts";

const top = new URL("../../../", import.meta.url);
const text = await readFile(new URL("docs/training.md", top), "utf8");

test("docs/training.md names every flag of lectern train, and no other", () => {
  const named = new Set([...text.matchAll(/(?<!-)--[a-z][a-z0-9-]*/g)].map(([flag]) => flag));
  const real = trainCommand().options.map(({ long }) => long!);
  expect([...named].filter((flag) => flag !== "--help").toSorted()).toEqual(real.toSorted());
});

test("docs/training.md shows the example family as it is", async () => {
  const example = await readFile(new URL("docs/examples/my-family.ts", top), "utf8");
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(text)!;
  expect(example).toContain(shown!);
});
