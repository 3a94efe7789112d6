import { demand } from "@lectern/shared/errors";
import type { Algebra } from "@lectern/shared/teacher";
import type { Cell } from "./cells.ts";
import { exp, log, sigmoid } from "./functions.ts";
import { matMul } from "./mat-mul.ts";
import { add, div, mul } from "./pairwise.ts";
import { logSoftmax, sum } from "./reductions.ts";
import { record, type Tape } from "./tape.ts";

/**
 * The algebra on a tape over dual numbers (value + ε·tangent) in float64: whatever is written in it can be differentiated
 * backwards, and the gradient's derivative along the direction comes with it (forward over reverse, Pearlmutter 1994).
 */
export function dualAlgebra(tape: Tape): Algebra<Cell> {
  return {
    tensor: (values, shape) => record(tape, values, shape, false),
    shapeOf: ({ shape }) => shape,
    add: (a, b) => add(tape, a, b, 1),
    sub: (a, b) => add(tape, a, b, -1),
    mul: (a, b) => mul(tape, a, b),
    div: (a, b) => div(tape, a, b),
    matMul: (a, b) => matMul(tape, a, b),
    exp: (x) => exp(tape, x),
    log: (x) => log(tape, x),
    sigmoid: (x) => sigmoid(tape, x),
    logSoftmax: (x) => logSoftmax(tape, x),
    sum: (x, axis) => sum(tape, x, axis),
    // Rows lie side by side, and a shape is only how they are read: both are the same places under another name.
    slice({ shape: [, ...row], at, wanted }, start, size) {
      const length = row.reduce((a, b) => a * b, 1);
      return { shape: [size, ...row], at: at + start * length, size: size * length, wanted };
    },
    reshape(x, shape) {
      const fits = shape.reduce((a, b) => a * b, 1) === x.size;
      const problem = `The shapes [${x.shape}] and [${shape}] don't fit`;
      demand(fits, "invalid-argument", problem, "Check the loss family.");
      return { ...x, shape };
    },
  };
}
