import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { registerWasmKernels } from "./register-wasm-kernels.ts";

export type Shape4 = [number, number, number, number];
export type Padding = tf.backend_util.ExplicitPadding | "same" | "valid" | number;

/** A tensor to make on each backend. */
export interface Values {
  values: ArrayLike<number>;
  shape: number[];
  dtype?: "int32";
}

/** What a kernel returned. */
export interface Output {
  shape: number[];
  values: number[];
}

/** Registers the kernels, twice: the second time does nothing. */
export async function prepareBackends(): Promise<void> {
  tf.env().set("PROD", true);
  expect(registerWasmKernels()).toBe(true);
  expect(registerWasmKernels()).toBe(true);
  await tf.ready();
}

export const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);

/** Irregular numbers of both signs, without ties. */
export function numbers(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 2 * (((i + 1) * 0.61803 + phase * 0.41421) % 1) - 1);
}

/** A tensor of irregular numbers. */
export const irregular = (shape: number[], phase: number): Values => ({
  values: numbers(size(shape), phase),
  shape,
});

/** Runs a kernel on one backend. Leaks there fail the test. */
export async function run(
  backend: "cpu" | "wasm",
  kernelName: string,
  inputs: Record<string, Values>,
  attrs: object,
): Promise<Output[]> {
  await tf.setBackend(backend);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { values, shape, dtype }]) => [
      name,
      tf.tensor(Float32Array.from(values), shape, dtype ?? "float32"),
    ]),
  );
  const before = tf.engine().backend.numDataIds();
  const output = tf
    .engine()
    .runKernel<tf.Tensor | tf.Tensor[]>(kernelName, tensors, attrs as tf.NamedAttrMap);
  const outputs = [output].flat();
  expect(tf.engine().backend.numDataIds() - before).toBe(outputs.length);
  const results = outputs.map((tensor) => ({ shape: tensor.shape, values: [...tensor.dataSync()] }));
  tf.dispose([tensors, outputs]);
  return results;
}

/** Euclidean distance of two lists of numbers; NaN if their lengths differ. */
function distance(a: number[], b: number[]): number {
  if (a.length !== b.length) return Number.NaN;
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0));
}

/** The contract: what the slow reference backend computes, to 1e-5 of its norm. */
export async function expectLikeCpu(
  kernelName: string,
  inputs: Record<string, Values>,
  attrs: object,
): Promise<void> {
  const expected = await run("cpu", kernelName, inputs, attrs);
  const actual = await run("wasm", kernelName, inputs, attrs);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) expectValues(actual[i], values);
}

/** Values within 1e-5 of the expected ones' norm. */
export function expectValues(actual: Output | undefined, expected: number[]): void {
  const norm = distance(
    expected,
    Array.from(expected, () => 0),
  );
  expect(distance(expected, actual?.values ?? [])).toBeLessThanOrEqual(1e-5 * Math.max(norm, 1e-6));
}
