import { LecternError } from "@lectern/shared/errors";
import { expect, test } from "vitest";
import { chooseBackend, type Openers } from "./choose.ts";
import type { BackendName } from "./names.ts";
import { neverLost, type OpenedBackend } from "./opened.ts";
import { expectBackendName } from "./names.ts";

const opened = (name: BackendName): OpenedBackend => ({
  name,
  device: "",
  software: false,
  lost: neverLost,
  close: () => undefined,
});

/** Backends that start are those named. */
const having = (...names: BackendName[]): Openers => {
  const open = (name: BackendName) => () =>
    names.includes(name)
      ? Promise.resolve(opened(name))
      : Promise.reject(new LecternError("unsupported", `No ${name} here.`, `Install ${name}.`));
  return { "node-gpu": open("node-gpu"), node: open("node"), webgpu: open("webgpu"), wasm: open("wasm") };
};

test.each([
  [["wasm", "webgpu", "node", "node-gpu"] as const, "node-gpu", []],
  [["wasm", "webgpu", "node"] as const, "node", ["No node-gpu here."]],
  [["wasm", "webgpu"] as const, "webgpu", ["No node-gpu here.", "No node here."]],
  [["wasm"] as const, "wasm", ["No node-gpu here.", "No node here.", "No webgpu here."]],
])("of %j, auto takes %s and says why not the others", async (names, chosen, why) => {
  const choice = await chooseBackend(having(...names));
  expect(choice.opened.name).toBe(chosen);
  expect(choice.why).toEqual(why);
});

test("a defect is no missing backend", async () => {
  const broken = { ...having("wasm"), node: () => Promise.reject(new TypeError("a defect")) };
  await expect(chooseBackend(broken)).rejects.toThrow("a defect");
});

test("an unknown name is refused with those that there are", () => {
  expect(expectBackendName("auto")).toBe("auto");
  expect(() => expectBackendName("webgl")).toThrow(
    /Unknown backend "webgl".*auto, node-gpu, node, webgpu, wasm, cpu/,
  );
});
