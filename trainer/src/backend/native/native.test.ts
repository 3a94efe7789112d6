import { expect, test } from "vitest";
import { openNative, restoreUtil } from "./open.ts";

test.each([
  ["node", "@tensorflow/tfjs-node@4.22.0"],
  ["node-gpu", "@tensorflow/tfjs-node-gpu@4.22.0 (needs CUDA 11.2)"],
] as const)("%s, not installed, says what installs it", async (name, installs) => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(openNative(name, () => Promise.reject(missing))).rejects.toThrow(
    `which isn't installed. Run: npm install --no-save ${installs}, or use --backend wasm.`,
  );
});

test("a package without its library says so in one line", async () => {
  const broken = new Error(
    "The Node.js native addon module (tfjs_binding.node) can not be found\nPlease run …",
  );
  await expect(openNative("node", () => Promise.reject(broken))).rejects.toThrow(
    "The package @tensorflow/tfjs-node can't be loaded: The Node.js native addon module (tfjs_binding.node) can not be found Run:",
  );
});

test("the package is loaded with the functions that Node 23 removed, which it calls", async () => {
  let seen: unknown;
  const opened = await openNative("node", async () => {
    const { default: util } = await import("node:util");
    seen = Reflect.get(util, "isNullOrUndefined");
  });
  expect(opened.name).toBe("node");
  expect((seen as (value: unknown) => boolean)(null)).toBe(true);
});

test("what is there already is left alone", () => {
  const own = () => "own";
  const target: Record<string, unknown> = { isArray: own };
  restoreUtil(target);
  expect(target.isArray).toBe(own);
  const isNullOrUndefined = target.isNullOrUndefined as (value: unknown) => boolean;
  expect([null, undefined, 0, ""].map(isNullOrUndefined)).toEqual([true, true, false, false]);
});
