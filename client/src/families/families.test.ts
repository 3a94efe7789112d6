import { expect, test, beforeAll } from "vitest";
import { smallArtifact, mlp, cornerData, useBackend } from "../testing/students.ts";
import { createTeacher } from "../teacher/index.ts";
import { registerFamilies, teacherFor } from "./index.ts";

beforeAll(() => useBackend("cpu"));

test("a teacher that knows no classes is opened for others, once its family is registered", async () => {
  // Registered families are a thread's, and vitest gives each file its own.
  expect(() => smallArtifact({ family: "invariant", featureSet: "pooled" })).toThrow(
    'Unknown loss family "invariant", expected bilinear, mixed, gain. Call registerFamilies of @lectern/client/families.',
  );
  registerFamilies();
  const pulled = smallArtifact({ family: "invariant", featureSet: "pooled" });
  expect(createTeacher(pulled).manifest.classes.count).toBe(3);
  const names = ["a", "b", "c", "d", "e"];
  const teacher = teacherFor(pulled, names);
  expect(teacher.manifest.classes).toEqual({ count: 5, names });
  const { x, y } = cornerData(100, 5);
  const model = mlp({ units: 5 });
  const { status, emissions, warnings } = await teacher.teach(model, {
    train: { x, y: y.map((k) => names[k]!) },
    dev: { x, y },
    steps: 20,
  });
  expect([status, emissions.length, warnings]).toEqual(["completed", 4, []]);
  // Cross-entropy relative to chance: log 5 before the first batch is 1, as log 3 was.
  const { features } = teacher.manifest.state;
  expect(features.find(({ name }) => name === "train-cross-entropy")!.scale).toBeCloseTo(1 / Math.log(5), 12);
});

test("teachers that have weights a class, or see a number a class, are refused; so are names twice", () => {
  expect(() => teacherFor(smallArtifact({ featureSet: "pooled" }), ["a", "b"])).toThrow(
    "The teacher corners 1.0.0 (family mixed, features pooled) serves its own 3 classes only.",
  );
  expect(() => teacherFor(smallArtifact({ family: "taylor", featureSet: "full" }), ["a", "b"])).toThrow(
    "(family taylor, features full) serves its own 3 classes only.",
  );
  const any = smallArtifact({ family: "taylor", featureSet: "time" });
  expect(() => teacherFor(any, ["a", "a"])).toThrow(
    "The classes are a, a, expected at least two different names.",
  );
  expect(() => teacherFor(any, ["a"])).toThrow("The classes are a, expected");
  expect(teacherFor(any, ["a", "b"]).manifest.classes.count).toBe(2);
});
