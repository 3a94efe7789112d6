import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CrashingJob } from "./crashing-worker.fixture.ts";
import { inProcessExecutor, workerExecutor, type Executor } from "./index.ts";

let folder: string;
let executor: Executor<CrashingJob, number>;
const entry = new URL("./crashing-worker.fixture.ts", import.meta.url);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-jobs-"));
  executor = await workerExecutor<undefined, CrashingJob, number>(entry, undefined, 2);
});
afterEach(async () => {
  await executor.close();
  await rm(folder, { recursive: true, force: true });
});

test("results come in the jobs' order, in this thread and in workers", async () => {
  const jobs = [1, 2, 3, 4, 5].map((value) => ({ value }));
  const here = inProcessExecutor<CrashingJob, number>(({ value }) => Promise.resolve(value * value));
  expect(await here.run(jobs)).toEqual([1, 4, 9, 16, 25]);
  const done: number[] = [];
  expect(await executor.run(jobs, (i) => done.push(i))).toEqual([1, 4, 9, 16, 25]);
  expect(done.toSorted()).toEqual([0, 1, 2, 3, 4]);
});

test("a thread that crashes is replaced and its job done again", async () => {
  const crash = { mark: join(folder, "mark"), always: false };
  expect(await executor.run([{ value: 1 }, { value: 2, crash }, { value: 3 }])).toEqual([1, 4, 9]);
  expect(await executor.run([{ value: 4 }, { value: 5 }])).toEqual([16, 25]);
});

test("a job that ends every thread is an error with a remedy", async () => {
  const crash = { mark: join(folder, "mark"), always: true };
  await expect(executor.run([{ value: 1 }, { value: 2, crash }])).rejects.toThrow(
    "A worker thread ended twice at the same job: exit code 7. It may be out of memory: go on with --resume and fewer --workers.",
  );
  expect(await executor.run([{ value: 6 }, { value: 7 }])).toEqual([36, 49]);
});

test("what a handler refuses keeps its code and remedy", async () => {
  await expect(executor.run([{ value: 1, refuse: true }])).rejects.toMatchObject({
    code: "invalid-data",
    message: "The value is refused. Choose another.",
    remedy: "Choose another.",
  });
  expect(await executor.run([{ value: 3 }])).toEqual([9]);
});
