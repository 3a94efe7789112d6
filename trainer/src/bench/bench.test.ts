import { expect, it } from "vitest";
import { benchCase, benchCaseNames, runBench, type CaseRow } from "./index.ts";
import { median } from "./measure.ts";

it("prints a row a case with the reference's keys, hyper being step and reverse together", async () => {
  const rows: CaseRow[] = [];
  await runBench(
    { cases: ["mlp"], seconds: 0.01, backend: "wasm", workers: 1 },
    (row) => void rows.push(row),
  );
  expect(rows).toHaveLength(1);
  const { case: name, batch, backend, threads, tfjs, step, reverse, hyper, ce_step, cpu } = rows[0]!;
  expect({ name, batch, backend, threads, tfjs }).toEqual({
    name: "mlp",
    batch: 64,
    backend: "wasm",
    threads: 1,
    tfjs: "4.22.0",
  });
  expect(hyper).toBeCloseTo(step + reverse, 2);
  for (const time of [ce_step, step, reverse, cpu.step]) expect(time).toBeGreaterThan(0);
});

it("names its cases, and refuses others", () => {
  expect(benchCaseNames).toEqual(["mlp", "lenet", "resnet8"]);
  expect(() => benchCase("vgg")).toThrow('Unknown benchmark case "vgg". Choose one of mlp, lenet, resnet8.');
});

it("takes the middle of what it measured", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it("compares with a step that PyTorch exported, or says how to make one", async () => {
  const options = { cases: ["mlp"], seconds: 0.01, backend: "wasm", workers: 1, compareWith: "/nowhere" };
  await expect(runBench(options, () => undefined)).rejects.toThrow(
    "There is no exported step at /nowhere/mlp.safetensors. Make it with bench/pytorch.py --export.",
  );
});
