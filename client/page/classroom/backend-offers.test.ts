import { expect, test } from "vitest";
import { candidatesOf, explainBackend, offerBackends } from "./backend-offers.ts";

test("a GPU is taken first, software WebGPU never by itself, plain JavaScript last", () => {
  const on = (adapter: { software: boolean } | null | undefined, wasm = true) =>
    candidatesOf(offerBackends({ adapter, wasm }));
  expect(on({ software: false })).toEqual(["webgpu", "wasm", "cpu"]);
  expect(on({ software: true })).toEqual(["wasm", "cpu"]);
  expect(on(null)).toEqual(["wasm", "cpu"]);
  expect(on(undefined, false)).toEqual(["cpu"]);
});

test("each choice has its reason, and what can't be had is said", () => {
  const none = offerBackends({ adapter: null, wasm: true });
  expect(none.find(({ name }) => name === "webgpu")).toMatchObject({ available: false });
  expect(explainBackend("auto", none)).toBe(
    "Takes WebAssembly: it runs on every processor, and small students gain little from a GPU. WebGPU: this browser has WebGPU, but no GPU that it would use.",
  );
  expect(explainBackend("cpu", none)).toBe(
    "Plain JavaScript (slow): it runs everywhere, many times slower than WebAssembly.",
  );
});
