import { LecternError } from "@lectern/shared/errors";
import { expect, test } from "vitest";
import { createSlots } from "./slots.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("lower priorities first, in the order of asking; a large one waits and isn't overtaken", async () => {
  const slots = createSlots(2);
  const order: string[] = [];
  const ask = async (name: string, priority: number, count?: number) => {
    const release = await slots.acquire(priority, count);
    order.push(name);
    return release;
  };
  const [a, b] = await Promise.all([ask("a", 5), ask("b", 5)]);
  const late = ask("late", 3);
  const large = ask("large", 1, 2);
  const early = ask("early", 1);
  a();
  await settled();
  expect(order).toEqual(["a", "b"]);
  b();
  b();
  (await large)();
  await Promise.all([early, late]);
  expect(order).toEqual(["a", "b", "large", "early", "late"]);
});

test("more than there is asks for all of it", async () => {
  const slots = createSlots(2);
  const release = await slots.acquire(0, 8);
  const other = slots.acquire(0);
  release();
  (await other)();
});

test("once stopped, those who wait and those who come are refused with the reason", async () => {
  const slots = createSlots(1);
  const release = await slots.acquire(0);
  const waiting = slots.acquire(0);
  slots.stop(new LecternError("aborted", "The budget is spent.", "Go on."));
  await expect(waiting).rejects.toThrow("The budget is spent.");
  release();
  await expect(slots.acquire(0)).rejects.toThrow("The budget is spent.");
});
