import { expect, it } from "vitest";
import { createMemory } from "./memory.ts";

it("lets the oldest go first that was not used since, by bytes", () => {
  const memory = createMemory<string>(100);
  for (const key of ["a", "b", "c", "d"]) memory.set(key, key.toUpperCase(), 25, 10);
  expect(memory.get("a", 0)).toBe("A");
  memory.set("e", "E", 20, 10);
  expect(["a", "b", "c", "d", "e"].map((key) => memory.get(key, 0))).toEqual(["A", undefined, "C", "D", "E"]);
  expect(memory.bytes).toBe(95);
  // Each of these was used by looking: the oldest goes all the same, once all have had their chance.
  memory.set("f", "F", 10, 10);
  expect(memory.get("f", 0)).toBe("F");
  expect([memory.get("c", 0), memory.bytes]).toEqual([undefined, 80]);
});

it("keeps nothing beyond its time, and nothing that takes more than a quarter", () => {
  const memory = createMemory<number>(100);
  memory.set("short", 1, 10, 1000);
  expect([memory.get("short", 999), memory.get("short", 1000), memory.bytes]).toEqual([1, undefined, 0]);
  memory.set("huge", 1, 26, 1000);
  expect([memory.get("huge", 0), memory.bytes]).toEqual([undefined, 0]);
});

it("counts what it replaces and deletes", () => {
  const memory = createMemory<number>(100);
  memory.set("a", 1, 20, 1);
  memory.set("a", 2, 5, 1);
  expect([memory.get("a", 0), memory.bytes]).toEqual([2, 5]);
  memory.delete("a");
  memory.delete("a");
  expect(memory.bytes).toBe(0);
});
