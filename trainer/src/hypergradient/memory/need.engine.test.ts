import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { estimatorOf } from "../estimator-name.ts";
import { estimateMemory } from "./need.ts";

const bench = fileURLToPath(new URL("../../../../bench/memory.ts", import.meta.url));

test.each([
  ["store", "sgd", 120],
  ["checkpoint", "momentum", 60],
  ["reversible", "momentum", 60],
])(
  "%s with %s over %i steps takes what was estimated, to within a factor of two or 25 MB",
  async (...cell) => {
    const [estimator, optimizer, steps] = cell;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--max-semi-space-size=4",
      bench,
      "--cell",
      JSON.stringify({ estimator, optimizer, steps }),
    ]);
    const { overMb, status } = JSON.parse(stdout) as { overMb: number; status: string };
    const spec =
      optimizer === "sgd"
        ? ({ kind: "sgd", learningRate: 0.1, weightDecay: 0 } as const)
        : ({ kind: "momentum", learningRate: 0.1, momentum: 0.9, weightDecay: 0 } as const);
    const need = estimateMemory({
      estimator: estimatorOf(estimator),
      size: { weights: 431_080, steps, optimizer: spec },
      batchSize: 8,
      activationBytes: 78_800,
      metricChunk: 26,
      forwardExamples: 200,
      // There before the base was taken.
      dataBytes: 0,
      workers: 1,
    });
    expect(status).toBe("ok");
    const estimated = need.total / 1e6;
    expect(estimated / overMb).toBeGreaterThan(0.5);
    // The resident set at the base differs by 12 MB from run to run: some of what a lesson needs lies free in it.
    expect(estimated).toBeLessThan(Math.max(2 * overMb, overMb + 25));
  },
);
