import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { installOverlay } from "../../overlay/index.ts";
import { runTrainJob } from "../../train/job.ts";
import { startingTheta, teacherSpecOf } from "../../train/teacher.ts";
import { tinyConfig, tinyContext } from "../../train/tiny.fixture.ts";
import { closeBackends, openBackend } from "../index.ts";
import { useSoftwareAdapter } from "./software.fixture.ts";

/** One hypergradient over so many steps with a single measurement: what it asked of the device. */
async function count(steps: number) {
  const base = tinyConfig();
  const config = tinyConfig({
    recipe: { ...base.recipe, steps, batchSize: 4 },
    teacher: { ...base.teacher, measurement: { everySteps: 1000, devExamples: 4, trainBatches: 1 } },
    task: { ...base.task, devExamples: 8, subset: 8 },
  });
  const context = await tinyContext(config);
  const theta = startingTheta(config, teacherSpecOf(config, context.task.classNames.length));
  const backend = tf.backend();
  const reads = vi.spyOn(backend, "read");
  const syncReads = vi.spyOn(backend, "readSync");
  const submits = vi.spyOn(GPUQueue.prototype, "submit");
  const dispatches = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
  try {
    const result = await runTrainJob(context, { kind: "hypergradient", theta, seed: 1 });
    return {
      status: "status" in result ? result.status : "",
      reads: reads.mock.calls.length,
      syncReads: syncReads.mock.calls.length,
      submits: submits.mock.calls.length,
      dispatches: dispatches.mock.calls.length,
    };
  } finally {
    vi.restoreAllMocks();
  }
}

describe.skipIf(!useSoftwareAdapter())("training and hypergradients on WebGPU", () => {
  beforeAll(async () => {
    await openBackend("webgpu");
    installOverlay();
  });
  afterAll(closeBackends);

  test("read nothing back inside the loop, and submit commands in batches", async () => {
    const few = await count(2);
    const many = await count(5);
    expect([few.status, many.status]).toEqual(["ok", "ok"]);
    expect([few.syncReads, many.syncReads]).toEqual([0, 0]);
    // What is read (states, M, |dω|, dφ at the measurement) doesn't grow with the steps between.
    expect(many.reads).toBe(few.reads);
    const [dispatches, submits] = [many.dispatches - few.dispatches, many.submits - few.submits];
    expect(dispatches).toBeGreaterThan(3 * 50);
    expect(submits).toBeLessThanOrEqual(dispatches / 15 + 1);
  });
});
