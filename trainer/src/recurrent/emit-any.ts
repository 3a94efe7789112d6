import {
  emit,
  initialTheta,
  type Coefficients,
  type EmissionAlgebra,
  type PlainTensor,
  type StartingPoint,
  type TeacherSpec,
  type Theta,
} from "@lectern/shared/teacher";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { createRandom } from "../task/index.ts";
import { hasMemory, readerOf, type AnySpec, type MemoryArchitecture } from "./recurrent-spec.ts";

/**
 * μ_θ of any teacher of the trainer's.
 * @param states s_t [D]; of a teacher with a memory, s of all measurements of the lesson so far, [n·D], this one's last
 * @param count n
 */
export function emitAny<T>(
  A: EmissionAlgebra<T>,
  spec: AnySpec,
  theta: Theta<T>,
  states: T,
  count: number,
): Coefficients<T> {
  if (!hasMemory(spec)) return emit(A, spec as TeacherSpec, theta, states);
  const { features } = spec;
  const rows = A.reshape(states, [count, features]);
  const last = A.reshape(A.slice(rows, count - 1, 1), [features]);
  const memory = remember(A, spec, theta, rows, count);
  return emit(A, readerOf(spec), theta, joinInside(A, last, memory, spec));
}

/** The LSTM's output after all rows, [H] (Hochreiter & Schmidhuber 1997, with Gers et al.'s forget gate). */
function remember<T>(
  A: EmissionAlgebra<T>,
  { architecture: { units } }: { readonly architecture: MemoryArchitecture },
  theta: Theta<T>,
  rows: T,
  count: number,
): T {
  const zeros = Array<number>(units).fill(0);
  let [cell, output] = [A.tensor(zeros, [1, units]), A.tensor(zeros, [1, units])];
  for (let t = 0; t < count; t++) {
    const fed = A.add(A.matMul(A.slice(rows, t, 1), theta.cx!), A.matMul(output, theta.ch!));
    const sums = A.reshape(A.add(A.reshape(fed, [4 * units]), theta.cb!), [4, units]);
    const gates = A.sigmoid(A.slice(sums, 0, 3));
    const candidate = tanh(A, A.slice(sums, 3, 1));
    cell = A.add(A.mul(A.slice(gates, 1, 1), cell), A.mul(A.slice(gates, 0, 1), candidate));
    output = A.mul(A.slice(gates, 2, 1), tanh(A, cell));
  }
  return A.reshape(output, [units]);
}

/** 2σ(2x) − 1. */
const tanh = <T>(A: EmissionAlgebra<T>, x: T): T =>
  A.sub(A.mul(A.sigmoid(A.mul(x, A.tensor([2], []))), A.tensor([2], [])), A.tensor([1], []));

/**
 * The state with the memory before its last feature: time stays the first and the constant 1 the last, which is where
 * θ's start puts its keys over time. There is no operation that joins: each is multiplied into its place.
 */
function joinInside<T>(
  A: EmissionAlgebra<T>,
  state: T,
  memory: T,
  { features, architecture: { units } }: AnySpec & { readonly architecture: MemoryArchitecture },
): T {
  const width = features + units;
  const place = (from: number, at: (row: number) => number): T =>
    A.tensor(
      Array.from({ length: from * width }, (_, i) => Number(at(Math.floor(i / width)) === i % width)),
      [from, width],
    );
  const own = place(features, (row) => (row === features - 1 ? width - 1 : row));
  const remembered = place(units, (row) => features - 1 + row);
  const joined = A.add(
    A.matMul(A.reshape(state, [1, features]), own),
    A.matMul(A.reshape(memory, [1, units]), remembered),
  );
  return A.reshape(joined, [width]);
}

/** θ₀ of any teacher: a memory's weights are uniform within ±1/√H, its forget gates' biases 1 (Jozefowicz et al. 2015). */
export function startAny(spec: AnySpec, seed: number, start: StartingPoint): Record<string, PlainTensor> {
  if (!hasMemory(spec)) return initialTheta(spec as TeacherSpec, seed, start);
  const { units } = spec.architecture;
  const random = createRandom(seed);
  const bound = 1 / Math.sqrt(units);
  const draw = (shape: readonly [number, number]): PlainTensor => ({
    shape,
    data: Float64Array.from({ length: shape[0] * shape[1] }, () => (2 * uniformFloat64(random) - 1) * bound),
  });
  return {
    ...initialTheta(readerOf(spec), seed, start),
    cx: draw([spec.features, 4 * units]),
    ch: draw([units, 4 * units]),
    cb: {
      shape: [4 * units],
      data: Float64Array.from({ length: 4 * units }, (_, i) => Number(Math.floor(i / units) === 1)),
    },
  };
}
