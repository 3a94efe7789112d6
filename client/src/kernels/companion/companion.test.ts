import "@tensorflow/tfjs-backend-wasm";
import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compileKernels } from "../../../../scripts/build-kernels.ts";
import { registerWasmKernels } from "../register-wasm-kernels.ts";
import { addressOf, type WasmBackend } from "../wasm-backend.ts";
import { companionOf, loadCompanion } from "./load.ts";
import { scratchOf } from "./scratch.ts";

it("is what client/kernels-wasm compiles to (npm run build:kernels)", async () => {
  const { source } = await compileKernels();
  expect(await readFile(new URL("module.ts", import.meta.url), "utf8")).toBe(source);
});

describe("on a backend's memory", () => {
  let backend: WasmBackend;
  beforeAll(async () => {
    tf.env().set("PROD", true);
    registerWasmKernels();
    await tf.setBackend("wasm");
    backend = tf.backend() as unknown as WasmBackend;
  });

  it("is loaded once", async () => {
    const functions = companionOf(backend);
    await loadCompanion(backend);
    expect(companionOf(backend)).toBe(functions);
  });

  it("reads and writes tensors where they lie, also after the memory has grown", () => {
    const x = tf.tensor([1, 2, 3]);
    const y = tf.zeros([3]);
    const big = tf.zeros([16_000_000]);
    companionOf(backend).copyBytes(addressOf(y, backend), addressOf(x, backend), 12);
    expect([...y.dataSync()]).toEqual([1, 2, 3]);
    tf.dispose([x, y, big]);
  });

  it("works on a shared memory", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
    const threaded: WasmBackend = { ...backend, wasm: { ...backend.wasm, asm: {}, wasmMemory: memory } };
    new Uint8Array(memory.buffer)[0] = 7;
    companionOf(threaded).copyBytes(8, 0, 1);
    expect(new Uint8Array(memory.buffer)[8]).toBe(7);
  });

  it("keeps one work space, aligned, until more is needed", () => {
    const address = scratchOf(backend, 1000);
    expect(address % 64).toBe(0);
    expect(scratchOf(backend, 500)).toBe(address);
    expect(scratchOf(backend, 1000)).toBe(address);
  });
});
