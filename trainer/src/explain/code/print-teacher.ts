import { emit, familyOf } from "@lectern/shared/teacher";
import type { TeacherNetwork } from "@lectern/client/lesson";
import { createPrinter, type Dialect, type Printed } from "./print-algebra.ts";

/** A function's body, a statement a line, and the variables that hold its results. */
export interface PrintedBody {
  readonly lines: readonly string[];
  readonly results: readonly (readonly [name: string, variable: string])[];
}

/**
 * φ = μ_θ(s) as straight-line code. It reads the variable `state`, [D], and a variable for each tensor of θ.
 * @param thetaVariable how the dialect's file names a tensor of θ
 */
export function printEmission(
  dialect: Dialect,
  { spec, theta }: TeacherNetwork,
  thetaVariable: (name: string) => string,
): PrintedBody {
  const { algebra, lines } = createPrinter(dialect, "e");
  const variables = Object.fromEntries(
    Object.entries(theta).map(([name, { shape }]): [string, Printed] => [
      name,
      { name: thetaVariable(name), shape },
    ]),
  );
  const phi = emit(algebra, spec, variables, { name: "state", shape: [spec.features] });
  return { lines, results: Object.entries(phi).map(([name, { name: variable }]) => [name, variable]) };
}

/**
 * ℓ_φ as straight-line code. It reads `logits` and `target`, [n, K], and a variable for each coefficient of φ; the one
 * result is [n].
 */
export function printLosses(
  dialect: Dialect,
  network: TeacherNetwork,
  phiVariable: (name: string) => string,
): PrintedBody {
  const { spec } = network;
  const { algebra, lines } = createPrinter(dialect, "v");
  const phi = Object.fromEntries(
    phiShapes(network).map(([name, shape]): [string, Printed] => [name, { name: phiVariable(name), shape }]),
  );
  const input = (name: string): Printed => ({ name, shape: [-1, spec.classes] });
  const losses = familyOf(spec.family).losses(algebra, phi, input("logits"), input("target"));
  return { lines, results: [["losses", losses.name]] };
}

/** Names and shapes of φ, found by printing an emission that nobody reads. */
export function phiShapes({ spec, theta }: TeacherNetwork): [string, readonly number[]][] {
  const { algebra } = createPrinter(nowhere, "p");
  const unnamed = Object.fromEntries(
    Object.entries(theta).map(([name, { shape }]): [string, Printed] => [name, { name, shape }]),
  );
  const phi = emit(algebra, spec, unnamed, { name: "state", shape: [spec.features] });
  return Object.entries(phi).map(([name, { shape }]) => [name, shape]);
}

const nowhere: Dialect = {
  constant: (values, shape) => `${Array.from(values)}:${shape}`,
  binary: (operation, a, b) => `${operation} ${a} ${b}`,
  unary: (operation, x) => `${operation} ${x}`,
  sum: (x, axis) => `sum ${x} ${axis}`,
  slice: (x, start, size) => `slice ${x} ${start} ${size}`,
  reshape: (x, shape) => `reshape ${x} ${shape}`,
  assign: () => "",
};
