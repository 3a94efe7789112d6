import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "@lectern/client/kernels";
import { beforeAll, describe, expect, it } from "vitest";
import { coveredBackward, coveredForward } from "../covered-kernels.ts";
import { installOverlay } from "../install.ts";
import { checkCase } from "./check-case.ts";
import { checkLayer } from "./check-layer.ts";
import { layerCases, titleOf } from "./layer-cases.ts";
import { caseGroups, toleranceOf } from "./table.ts";

const forward = new Set<string>();
const backward = new Set<string>();

describe.each(["cpu", "wasm"])("second-order gradients on %s", (backend) => {
  beforeAll(async () => {
    tf.env().set("PROD", true);
    installOverlay();
    registerWasmKernels();
    await tf.setBackend(backend);
  });

  describe.each(caseGroups.map(({ title, cases }) => [title, cases] as const))("%s", (_, cases) => {
    const here = cases.filter(({ notOn }) => !notOn?.includes(backend));
    it.each(here.map((testCase) => [testCase.name, testCase] as const))("%s", async (_name, testCase) => {
      const { gradientError, productError, leakedTensors, tape } = await checkCase(testCase);
      const tolerance = toleranceOf(testCase.name, backend);
      expect(gradientError).toBeLessThan(tolerance);
      expect(productError).toBeLessThan(tolerance);
      expect(leakedTensors).toBe(0);
      for (const name of tape.forward) forward.add(name);
      for (const name of tape.backward) backward.add(name);
    });
  });

  describe("whole models", () => {
    const here = layerCases.filter(({ notOn }) => !notOn.includes(backend));
    it.each(here.map((testCase) => [titleOf(testCase), testCase] as const))("%s", async (_name, testCase) => {
      const { gradientError, productError, leakedTensors } = await checkLayer(testCase);
      expect(gradientError).toBeLessThan(1e-3);
      expect(productError).toBeLessThan(2e-3);
      expect(leakedTensors).toBe(0);
    });
  });
});

it("has differentiated every kernel that counts as covered, and no other", () => {
  expect([...forward].toSorted()).toEqual([...coveredForward].toSorted());
  expect([...backward].toSorted()).toEqual([...coveredBackward].toSorted());
});
