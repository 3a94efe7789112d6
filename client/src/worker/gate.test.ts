import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

test("a gate holds a lesson while it is closed, and says so once each time", async () => {
  const gate = createGate();
  const held: number[] = [];
  await gate.pass(() => held.push(0));
  gate.close();
  gate.close();
  let passed = false;
  const passing = gate.pass(() => held.push(1)).then(() => (passed = true));
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect([held, passed]).toEqual([[1], false]);
  gate.open();
  await passing;
  gate.open();
  await gate.pass(() => held.push(2));
  expect(held).toEqual([1]);
});
