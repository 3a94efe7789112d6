import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterEach, describe, expect, test } from "vitest";
import { mlp, smallTeacher } from "../testing/students.ts";
import { cornerData } from "../testing/students.ts";
import type { BackendName } from "./index.ts";
import { selectBackend, type SelectedBackend } from "./index.ts";

let selected: SelectedBackend | undefined;
afterEach(() => {
  selected?.close();
  selected = undefined;
});

describe("selectBackend in Node", () => {
  test("takes the first that works, and says why not those before it", async () => {
    selected = await selectBackend({ order: ["webgl", "node-gpu", "node", "wasm", "cpu"] });
    expect(selected).toMatchObject({ backend: "wasm", device: "", software: false });
    expect(tf.getBackend()).toBe("wasm");
    expect(selected.reasons).toEqual([
      { backend: "webgl", chosen: false, reason: "there is no WebGL 2 here." },
      {
        backend: "node-gpu",
        chosen: false,
        reason: expect.stringMatching(
          /^the package @tensorflow\/tfjs-node-gpu (isn't installed|can't be loaded: .*)\.$/,
        ) as string,
      },
      {
        backend: "node",
        chosen: false,
        reason: expect.stringMatching(
          /^the package @tensorflow\/tfjs-node (isn't installed|can't be loaded: .*)\.$/,
        ) as string,
      },
      { backend: "wasm", chosen: true, reason: "works." },
    ]);
    // Its kernels are there: TensorFlow.js alone has no gradient of a convolution's filter on wasm.
    expect(tf.getKernel("Conv2DBackpropFilter", "wasm")).toBeDefined();
    const { status } = await smallTeacher().teach(mlp(), { train: cornerData(60) });
    expect(status).toBe("completed");
  });

  test("comes to wasm or better by itself", async () => {
    selected = await selectBackend();
    const { backend, reasons, software } = selected;
    const tried = reasons.map((reason) => reason.backend);
    const order: BackendName[] = ["node-gpu", "node", "webgpu", "wasm"];
    expect(tried).toEqual(order.slice(0, tried.length));
    expect(tried.at(-1)).toBe(backend);
    expect(software).toBe(false);
    expect(reasons.map(({ chosen }) => chosen)).toEqual(tried.map((_, i) => i === tried.length - 1));
    for (const { reason } of reasons) expect(reason).toMatch(/^\w.*[^.]\.$/);
  });

  test("passes over what fails to load, and what starts and computes nothing", async () => {
    selected = await selectBackend({
      order: ["wasm", "cpu"],
      load: { wasm: () => Promise.reject(new Error("the network is down.\nat line 3")) },
    });
    expect(selected.reasons).toEqual([
      { backend: "wasm", chosen: false, reason: "the network is down." },
      { backend: "cpu", chosen: true, reason: "works." },
    ]);
    expect(tf.getBackend()).toBe("cpu");
  });

  test("refuses unknown names, and says of all why none works", async () => {
    await expect(selectBackend({ order: ["gpu" as BackendName] })).rejects.toMatchObject({
      code: "invalid-argument",
      message: 'There is no backend "gpu". Choose among node-gpu, node, webgpu, webgl, wasm, cpu.',
    });
    await expect(selectBackend({ order: ["webgl"] })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(
        /^No backend works here: webgl: there is no WebGL 2 here\. Load the package/,
      ) as string,
    });
  });
});
