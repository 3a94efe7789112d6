import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configOfFlags } from "../cli/experiment.ts";
import { declaration, parseDeclaration, readDeclaration } from "./declaration.ts";
import { cellFolder, planExperiment, slug } from "./plan.ts";
import { tinyDeclaration, tinyExperiment } from "./tiny.fixture.ts";

const plan = (over: Record<string, unknown> = {}) =>
  planExperiment(tinyDeclaration(over), { base: "/files", configOf: configOfFlags });

test("cells and meta-trainings of the grid, in its order, each meta-training once", () => {
  const { cells, runs } = plan();
  expect(cells.map(({ task, student, teachers }) => [task, student, teachers])).toEqual([
    ["clean", "mlp", [{ name: "gain", from: [0] }]],
    [
      "noise 40 %",
      "mlp",
      [
        { name: "mixed", from: [1, 2] },
        { name: "gain", from: [0] },
      ],
    ],
  ]);
  expect(runs.map(({ teacher, task, seed }) => [teacher, task, seed])).toEqual([
    ["gain", "clean", 1],
    ["mixed", "noise 40 %", 1],
    ["mixed", "noise 40 %", 2],
  ]);
  expect(runs[1]!.folder).toMatch(/^mixed--noise-40--mlp--seed-1--[0-9a-f]{8}$/);
});

test("flags of task, student and teacher add up, and lectern train's defaults fill the rest", () => {
  const { cells, runs } = plan();
  const { task, student, recipe, backend } = cells[1]!.setting;
  expect([task.name, task.subset, task.labelNoise, task.testExamples]).toEqual(["glyphs", 60, 0.4, 100]);
  expect(student).toEqual({ name: "mlp", options: { hidden: 8 } });
  expect([recipe.steps, recipe.optimizer.learningRate, recipe.schedule, backend]).toEqual([
    12,
    0.4,
    "cosine",
    "wasm",
  ]);
  const { config } = runs[2]!;
  expect([config.seed, config.task.labelNoise, config.meta.steps, config.teacher.family]).toEqual([
    2,
    0.4,
    2,
    "mixed",
  ]);
});

test("a teacher of several tasks is meta-trained once, on all of them", () => {
  const on = { task: ["noise 40 %", "clean"], student: "mlp" };
  const { runs } = plan({ teachers: { both: { on, train: { "meta-steps": 2 } } } });
  expect(
    runs.map(({ task, config }) => [task, config.task.labelNoise, config.also?.[0]?.labelNoise]),
  ).toEqual([["noise 40 % + clean", 0.4, 0]]);
  expect(runs[0]!.folder).toMatch(/^both--noise-40-clean--mlp--seed-1--/);
});

test("pairs choose cells; a run's folder is named from the file's", () => {
  const { cells, runs } = plan({
    pairs: [["noise 40 %", "mlp"]],
    teachers: { released: { run: "../runs/a" } },
  });
  expect(cells.map(({ task, teachers }) => [task, teachers])).toEqual([
    ["noise 40 %", [{ name: "released", from: "/runs/a" }]],
  ]);
  expect(runs).toEqual([]);
});

test("names that differ in signs alone have different folders", () => {
  expect(slug("Noise: 40 % (class)")).toBe("noise-40-class");
  expect(slug("%")).toBe("x");
  const [a, b] = ["40 %", "40 ‰"].map((task) => cellFolder({ task, student: "mlp" }));
  expect(a).toMatch(/^40--mlp--[0-9a-f]{4}$/);
  expect(a).not.toBe(b);
});

test.each([
  [{ tasks: {} }, "tasks: expected at least one task"],
  [{ teachers: {} }, "teachers: expected at least one teacher"],
  [{ losses: ["hinge"] }, "losses.0"],
  [{ extra: 1 }, "Unrecognized key"],
  [{ pairs: [["dirty", "mlp"]] }, 'pairs.0 names the task "dirty", which isn\'t among clean, noise 40 %'],
  [
    { teachers: { a: { train: {}, on: { task: "clean", student: "lenet" } } } },
    'teachers.a.on names the student "lenet"',
  ],
  [{ teachers: { a: { train: {}, tasks: ["x"] } } }, 'teachers.a.tasks names the task "x"'],
  [{ shared: { task: null } }, "shared.task"],
])("a file with %j is refused", (over, problem) => {
  expect(() => parseDeclaration({ ...tinyExperiment, ...over }, "tiny.json")).toThrow(`tiny.json: `);
  expect(() => parseDeclaration({ ...tinyExperiment, ...over }, "tiny.json")).toThrow(problem);
});

test.each([
  [{ shared: { task: "glyphz" } }, "clean, mlp: "],
  [{ shared: { colour: "red" } }, "clean, mlp: colour is no flag of lectern train that a file can have."],
  [{ shared: { "--task": "glyphs" } }, "clean, mlp: --task is no flag"],
  [{ shared: { "data-dir": "x" } }, "data-dir is no flag"],
  [{ shared: { subset: "many" } }, "clean, mlp: option '--subset <n>' argument 'many' is invalid"],
  [{ teachers: { a: { train: { "meta-steps": 0 } } } }, "teachers.a on clean, mlp: "],
  [{ teachers: { a: { tasks: ["clean"], train: {} } } }, "No teacher takes part in noise 40 %, mlp."],
])("a plan of %j is refused", (over, problem) => {
  expect(() => plan(over)).toThrow(problem);
});

test("files that aren't there, or aren't JSON", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-declaration-"));
  try {
    const path = join(folder, "a.json");
    await expect(readDeclaration(path)).rejects.toThrow(`There is no experiment ${path}.`);
    await writeFile(path, "{ no");
    await expect(readDeclaration(path)).rejects.toThrow("isn't JSON");
    await writeFile(path, JSON.stringify(tinyExperiment));
    expect((await readDeclaration(path)).protocol.seed).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the example of docs/experiments.md is one", async () => {
  const path = new URL("../../../docs/examples/noise-experiment.json", import.meta.url).pathname;
  const example = await readDeclaration(path);
  const { cells, runs } = planExperiment(example, { base: "/", configOf: configOfFlags });
  expect([cells.length, runs.length]).toEqual([3, 3]);
  const fields = Object.keys(declaration.shape);
  const text = await readFile(new URL("../../../docs/experiments.md", import.meta.url), "utf8");
  expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
});
