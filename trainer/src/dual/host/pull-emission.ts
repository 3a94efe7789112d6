import type { PlainTensor } from "@lectern/shared/teacher";
import { emitAny, type AnySpec } from "../../recurrent/index.ts";
import { dualAlgebra } from "./algebra.ts";
import { goBack, openTape, record } from "./tape.ts";

/**
 * (∂μ_θ(s)/∂θ)ᵀ dφ of one emission, in float64.
 *
 * @param state s [D]; of a teacher with a memory, s of all measurements so far, [n·D]
 * @param dPhi by the names of φ; those that are missing count as zero
 * @returns by the names of θ, row-major
 */
export function pullEmission(
  spec: AnySpec,
  theta: Readonly<Record<string, PlainTensor>>,
  state: Float64Array,
  dPhi: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  const tape = openTape(false);
  const cells = Object.entries(theta).map(
    ([name, { data, shape }]) => [name, record(tape, data, shape, true)] as const,
  );
  const s = record(tape, state, [state.length], false);
  const count = state.length / spec.features;
  const phi = emitAny(dualAlgebra(tape), spec, Object.fromEntries(cells), s, count);
  goBack(tape, ...Object.entries(dPhi).map(([name, d]) => [phi[name]!, d] as const));
  const { gradients } = tape.cells;
  return Object.fromEntries(cells.map(([name, { at, size }]) => [name, gradients.slice(at, at + size)]));
}
