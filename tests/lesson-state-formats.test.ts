import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { memoryStore, readSave, teachWithSaves } from "@lectern/client/resume";
import { expect, test } from "vitest";
import { cornerData, mlp, smallTeacher, useBackend } from "../client/src/testing/students.ts";

/** Saves of every format that was ever written load forever. The file was written on 2026-11-24, at format version 1. */
const file = fileURLToPath(new URL("lesson-state/corners-v1.lesson", import.meta.url));

test("a save of format 1 is read, and its lesson goes on", async () => {
  await useBackend("cpu");
  const save = new Uint8Array(await readFile(file));
  const { record, tensors } = await readSave(save);
  expect(record).toMatchObject({
    teacher: { name: "corners", version: "1.0.0" },
    backend: "cpu",
    status: "running",
    step: 14,
    kept: { best: expect.any(Number) as number, judged: null },
    warnings: [],
  });
  expect(record.emissions.map(({ step }) => step)).toEqual([0, 5, 10]);
  expect(tensors["slots/0/0"]!.shape).toEqual([2, 8]);
  const result = await teachWithSaves(smallTeacher({ featureSet: "full" }), mlp(), {
    train: cornerData(60),
    dev: cornerData(30),
    optimizer: { kind: "momentum", learningRate: 0.1, momentum: 0.9 },
    store: memoryStore(save),
  });
  expect(result).toMatchObject({ status: "completed", resumedAt: 14, steps: 20, inexact: [] });
});
