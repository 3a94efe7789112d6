import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBackends, openBackend } from "../select.ts";
import { isSoftware } from "./adapter.ts";
import { useSoftwareAdapter } from "./software.fixture.ts";

const gpu = { isFallbackAdapter: false, architecture: "ampere", device: "", description: "NVIDIA H100" };
test.each([
  [gpu, false],
  [{ ...gpu, isFallbackAdapter: true }, true],
  [{ ...gpu, architecture: "swiftshader" }, true],
  [{ ...gpu, description: "llvmpipe (LLVM 15.0.6, 256 bits)" }, true],
  [{ ...gpu, device: "Microsoft Basic Render Driver" }, true],
])("%o is software: %s", (info, expected) => {
  expect(isSoftware(info)).toBe(expected);
});

describe.skipIf(!useSoftwareAdapter())("on SwiftShader", () => {
  beforeAll(async () => {
    await openBackend("webgpu");
  });
  afterAll(closeBackends);

  test("WebGPU by name says that its adapter is emulated; auto passes it over and says so", async () => {
    const named = await openBackend("webgpu");
    expect(named.software).toBe(true);
    expect(named.device).toMatch(/^software adapter: SwiftShader/);
    const chosen = await openBackend("auto");
    expect(chosen.name).toBe("wasm");
    expect(chosen.why.at(-1)).toMatch(/^WebGPU has only a software adapter here: SwiftShader.*\.$/);
    await openBackend("webgpu");
  });

  test("a sum of nine tensors, which needs more storage buffers than the default", async () => {
    const sum = tf.tidy(() => tf.addN([...Array(9).keys()].map((i) => tf.tensor1d([i, i, i]))));
    expect(Array.from(await sum.data())).toEqual([36, 36, 36]);
    sum.dispose();
  });

  test("matMul against plain numbers", async () => {
    const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const product = tf.matMul(a, a, false, true);
    expect(Array.from(await product.data())).toEqual([14, 32, 32, 77]);
    tf.dispose([a, product]);
  });
});
