import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openDesk } from "./lectern-process.ts";

const artifact = fileURLToPath(new URL("../shared/fixtures/artifact-v1", import.meta.url));

test("lectern explain tells of a pulled teacher, and leaves page, numbers and code", async () => {
  await using desk = await openDesk();
  const { code, stdout } = await desk.lectern(
    "explain",
    artifact,
    "--code",
    "typescript",
    "pytorch",
    "--out",
    "explained",
  );
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(1, -1)).toHaveLength(5);
  const out = join(desk.folder, "explained");
  const wanted = ["explanation.html", "explanation.json", "teacher.py", "teacher.ts"];
  expect((await readdir(out)).toSorted()).toEqual(wanted);
  const { words, moments } = JSON.parse(await readFile(join(out, "explanation.json"), "utf8")) as {
    words: string[];
    moments: { phi: object }[];
  };
  expect(stdout).toContain(words[0]);
  expect(moments.length).toBeGreaterThan(1);
});

test.each([
  ["there/is/none", "There is no folder there/is/none."],
  [".", "config.json"],
])("lectern explain %s says what is wrong", async (source, problem) => {
  await using desk = await openDesk();
  const { code, stderr } = await desk.lectern("explain", source, "--out", "nothing");
  expect(code).toBe(1);
  expect(stderr).toContain(problem);
  expect(stderr).not.toContain("    at ");
  expect(await readdir(desk.folder)).not.toContain("nothing");
});
