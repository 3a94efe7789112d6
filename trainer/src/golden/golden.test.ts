import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGoldenStudent } from "./student.ts";
import { readGoldens, relativeError, type GoldenCase } from "./index.ts";

const fixture = fileURLToPath(new URL("../../fixtures/hypergradient-goldens-other.json", import.meta.url));
let folder: string;
let text: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-golden-"));
  text = await readFile(fixture, "utf8");
});
afterAll(() => rm(folder, { recursive: true }));

/** The fixture's first case, spoilt. */
async function spoilt(spoil: (golden: GoldenCase) => void): Promise<string> {
  const { cases } = JSON.parse(text) as { cases: GoldenCase[] };
  spoil(cases[0]!);
  const path = join(folder, "spoilt.json");
  await writeFile(path, JSON.stringify({ cases }));
  return path;
}

describe("a case whose parts don't fit is refused by name of the part", () => {
  test.each<[string, (golden: GoldenCase) => void, RegExp]>([
    ["a state missing", ({ states }) => states.pop(), /there are 7 states for 8 batches/],
    [
      "a longer state",
      ({ states }) => states[2]!.shape.splice(0, 1, 4, 2),
      /a state is not as long as theta\.V/,
    ],
    ["a label too large", ({ dev }) => dev.y.fill(5, 1, 2), /a label is no class/],
    ["labels missing", ({ batches }) => batches[1]!.y.pop(), /the x of a batch/],
    ["W of other keys", ({ theta }) => theta.W.shape.splice(0, 2, 1, 25), /theta\.W isn't/],
    ["an expectation missing", ({ expected }) => expected.dw0.pop(), /expected\.dw0 or expected\.wT/],
    ["data that don't fill a shape", ({ w0 }) => w0[0]!.data.pop(), /cases\.0\.w0\.0: data doesn't fill/],
  ])("%s", async (_, spoil, message) => {
    await expect(readGoldens(await spoilt(spoil))).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
    });
  });

  test("weights that no such student has", async () => {
    const [first] = await readGoldens(fixture);
    const w0 = [...first!.w0, { shape: [2], data: [0, 0] }];
    expect(() => buildGoldenStudent({ ...first!, w0 })).toThrow(/no linear student has 3 weights/);
    expect(() => buildGoldenStudent({ ...first!, name: "transformer" })).toThrow(/names no student/);
  });
});

test("the error is ‖out − ref‖/‖ref‖, or ‖out‖ where nothing is expected", () => {
  expect(relativeError([3, 5], [3, 4])).toEqual({ error: 0.2, norm: 5 });
  expect(relativeError([3, 4], [0, 0])).toEqual({ error: 5, norm: 0 });
  expect(relativeError([3], [3, 4]).error).toBeNaN();
});
