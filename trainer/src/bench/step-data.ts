import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import type { PlainTensor, TeacherSpec } from "@lectern/shared/teacher";
import { initialTheta } from "@lectern/shared/teacher";
import { createRandom } from "../task/index.ts";
import { classes, type BenchCase } from "./cases.ts";

/** Attention over 4 keys, K = 10, a 13-dimensional state, the paper's bilinear family: bench/pytorch.py's teacher. */
export const benchTeacher: TeacherSpec = {
  family: "bilinear",
  architecture: { kind: "attention", keys: 4 },
  classes,
  features: 13,
};

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Everything that one student step and its reversal are functions of. */
export interface StepData {
  /** [batch, …inputShape], channels last. */
  readonly x: Values;
  readonly y: Int32Array;
  /** ω_t by the names of the student's variables; absent: as the student is built. */
  readonly weights?: Readonly<Record<string, Values>>;
  readonly theta: Readonly<Record<string, PlainTensor>>;
  readonly state: Float64Array;
  /** dω_{t+1} by the names of the student's variables; absent: random. */
  readonly directions?: Readonly<Record<string, Values>>;
}

/** Close to normal: the sum of twelve uniform numbers less 6. */
export function drawNormal(size: number, random: ReturnType<typeof createRandom>): Float32Array {
  return Float32Array.from({ length: size }, () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += uniformFloat32(random);
    return sum;
  });
}

/** Inputs of unit variance, labels and a teacher that depend on the seed only. */
export function drawStep({ batch, inputShape }: BenchCase, seed: number): StepData {
  const shape = [batch, ...inputShape];
  const random = createRandom(seed);
  return {
    x: {
      shape,
      data: drawNormal(
        shape.reduce((a, b) => a * b, 1),
        random,
      ),
    },
    y: Int32Array.from({ length: batch }, () => Math.floor(classes * uniformFloat32(random))),
    theta: initialTheta(benchTeacher, seed),
    state: Float64Array.from({ length: benchTeacher.features }, () => uniformFloat32(random)),
  };
}
