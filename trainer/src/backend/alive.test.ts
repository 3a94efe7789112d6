import { expect, test } from "vitest";
import { whileAlive } from "./alive.ts";
import { neverLost } from "./opened.ts";

test("work on a device that lives gives what it gives", async () => {
  const backend = { name: "webgpu", lost: neverLost } as const;
  expect(await whileAlive(backend, () => Promise.resolve(7))).toBe(7);
  await expect(whileAlive(backend, () => Promise.reject(new Error("own")))).rejects.toThrow("own");
});

const message = /The backend webgpu lost its device: out of memory\. .*--resume/;

test("a device that goes while work waits for it for ever", async () => {
  const backend = { name: "webgpu", lost: Promise.resolve("out of memory.") } as const;
  await expect(whileAlive(backend, () => new Promise(() => undefined))).rejects.toThrow(message);
});

test("work that ends at the same time as its device isn't believed", async () => {
  let lose: (reason: string) => void = () => undefined;
  const backend = { name: "webgpu", lost: new Promise<string>((resolve) => (lose = resolve)) } as const;
  const work = () => {
    queueMicrotask(() => queueMicrotask(() => lose("out of memory")));
    return Promise.resolve(Number.NaN);
  };
  await expect(whileAlive(backend, work)).rejects.toThrow(message);
});
