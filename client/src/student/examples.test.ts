import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { leaks, mlp, useBackend } from "../testing/students.ts";
import { openExamples, type Data } from "./examples.ts";
import { findFault } from "./find-fault.ts";
import { readShapes, toTensor } from "./read-data.ts";
import { openStudent } from "./student.ts";

beforeAll(() => useBackend("cpu"));

const classNames = ["a", "b", "c"];
const number = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 2 }) },
  fc.constantFrom(0.5, -1, 3, Number.NaN, Infinity, 1 / 3, 1),
);
const row = (size: fc.Arbitrary<number>) =>
  size.chain((n) => fc.array(number, { minLength: n, maxLength: n }));
const usually = (size: number) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(size) }, fc.integer({ min: 0, max: 4 }));
const oneHot = fc.integer({ min: 0, max: 2 }).map((k) => [0, 1, 2].map((j) => Number(j === k)));
const data = fc.integer({ min: 0, max: 4 }).chain((n) =>
  fc.record(
    {
      x: fc.array(row(usually(2)), { minLength: n, maxLength: n }),
      y: fc.oneof(
        usually(n).chain((m) => fc.array(number, { minLength: m, maxLength: m })),
        fc.array(oneHot, { minLength: n, maxLength: n }),
        fc.array(row(usually(3)), { minLength: n, maxLength: n }),
        fc.array(fc.constantFrom("a", "b", "c", "c", "d"), { minLength: n, maxLength: n }),
      ),
      weights: usually(n).chain((m) => fc.array(number, { minLength: m, maxLength: m })),
    },
    { requiredKeys: ["x", "y"] },
  ),
) as fc.Arbitrary<Data>;

test("what is refused has words for what is wrong, and what is taken has none; nothing is left behind", async () => {
  const counts = { taken: 0, refused: 0 };
  const options = { classes: 3, classNames, what: "train", student: openStudent(mlp(), 3) };
  const left = await leaks(() =>
    fc.assert(
      fc.asyncProperty(data, async (given) => {
        const examples = await openExamples(given, options).catch((error: Error) => error);
        const fault = await findFault(given, options, { toTensor, readShapes });
        if (examples instanceof Error) {
          expect(fault).toBeDefined();
          expect(examples.message).toBe(`${fault}. Correct the data.`);
          counts.refused++;
        } else {
          expect(fault).toBeUndefined();
          examples.dispose();
          counts.taken++;
        }
      }),
      { numRuns: 1500, seed: 20261124 },
    ),
  );
  expect(left).toBe(0);
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(200);
});

test("the caller's tensors stay the caller's; weights may have a shape of their own", async () => {
  const x = tf.tensor2d([[1, 2]]);
  const y = tf.tensor2d([[2]], [1, 1], "int32");
  const options = { classes: 3, classNames, what: "train", student: openStudent(mlp(), 3) };
  const examples = await openExamples({ x, y, weights: tf.tensor2d([[0.5]]) }, options);
  expect(examples.y.shape).toEqual([1]);
  expect(examples.weights!.shape).toEqual([1]);
  examples.dispose();
  expect([x.isDisposed, y.isDisposed]).toEqual([false, false]);
  tf.dispose([x, y]);
});
