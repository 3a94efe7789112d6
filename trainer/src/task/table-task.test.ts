import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadTask } from "./index.ts";

const folderWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-table-task-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "tabular"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};
const rows = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i},${i % 5},${["a", "b", "c"][i % 3]!}`).join("\n");
const sizes = { subset: 10, devExamples: 10, validationExamples: 10, testExamples: 10 };

test("a CSV file is a task: splits, noise and subsets as of any other", async () => {
  const folder = await folderWith({ "flowers.csv": rows(90) });
  const task = await loadTask({ name: join(folder, "flowers.csv"), ...sizes, labelNoise: 0.5 });
  expect([task.inputShape, task.classNames, task.splits.test, task.test.count]).toEqual([
    [2],
    ["a", "b", "c"],
    10,
    10,
  ]);
  expect(task.note).toBe("Test examples are held out of the table's rows.");
  expect(task.sample(1).train.x).toHaveLength(20);
  expect(task.sample(1)).toEqual(task.sample(1));
});

test("a description names files beside it; what is wrong with it is told", async () => {
  const folder = await folderWith({
    "train.csv": rows(90),
    "test.csv": rows(30),
    "flowers.table.json": JSON.stringify({ train: ["train.csv"], test: ["test.csv"], drop: [0] }),
    "wrong.table.json": JSON.stringify({ train: [] }),
    "no.table.json": "{",
  });
  const task = await loadTask({ name: join(folder, "flowers.table.json"), ...sizes, testExamples: 30 });
  expect([task.inputShape, task.splits.test, task.note]).toEqual([[1], 30, null]);
  const load = (name: string) => loadTask({ name: join(folder, name), ...sizes });
  await expect(load("wrong.table.json")).rejects.toThrow("isn't a table's description: train: ");
  await expect(load("no.table.json")).rejects.toThrow("no.table.json isn't JSON.");
  await expect(load("none.table.json")).rejects.toThrow("There is no table description");
});

test("known tables are looked for in the data folder, whose sizes they have by default", async () => {
  const iris = Array.from({ length: 150 }, (_, i) => `${i},1,2,3,Iris-${i % 3}`).join("\n");
  const dataDir = await folderWith({ "tabular/iris.csv": iris });
  const task = await loadTask({ name: "iris" }, { dataDir });
  expect([task.spec.subset, task.splits.test, task.classNames[2]]).toEqual([24, 30, "Iris-2"]);
  await expect(loadTask({ name: "wine" }, { dataDir })).rejects.toThrow(
    /^No wine table: looked for wine\.csv or wine\.csv\.gz in .*\/tabular\. Name the folder/,
  );
});
