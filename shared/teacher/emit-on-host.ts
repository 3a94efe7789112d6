import type { EmissionAlgebra } from "./algebra.ts";
import type { TeacherSpec, Theta } from "./emit.ts";
import { familyOf, type Coefficients } from "./family.ts";
import { sigmoid, sizeOf, type PlainTensor } from "./host.ts";

/** What the families that a manifest can name make φ with, of the whole algebra. */
const host: Pick<EmissionAlgebra<PlainTensor>, "exp" | "slice" | "reshape"> = {
  exp: ({ shape, data }) => ({ shape, data: data.map(Math.exp) }),
  slice: ({ shape: [, ...row], data }, start, size) => ({
    shape: [size, ...row],
    data: data.slice(start * sizeOf(row), (start + size) * sizeOf(row)),
  }),
  reshape: ({ data }, shape) => ({ shape, data }),
};

/** Σ weightsᵢ · column j of data [n, width]. */
const dot = (weights: ArrayLike<number>, data: ArrayLike<number>, width: number, j: number): number =>
  Array.from(weights).reduce((sum, weight, i) => sum + weight * data[i * width + j]!, 0);

/**
 * `emit` for teachers whose shapes were checked, in float64 and in less of a page: the same bits as `plainAlgebra` gives
 * (a test compares them for every family and architecture).
 */
export function emitOnHost(
  { family: name, architecture, classes }: TeacherSpec,
  theta: Theta<PlainTensor>,
  state: Float64Array,
): Coefficients<PlainTensor> {
  const { V, c0 } = theta;
  const width = V!.shape[1]!;
  const scores = Array.from({ length: width }, (_, j) => dot(state, V!.data, width, j));
  let shares: number[];
  if (architecture.kind === "gate") shares = [1, 2 * sigmoid(scores[0]! + c0!.data[0]!) - 1];
  else {
    const max = Math.max(...scores);
    const log = Math.log(scores.reduce((sum, v) => sum + Math.exp(v - max), 0));
    shares = scores.map((v) => Math.exp(v - max - log));
  }
  const family = familyOf(name);
  const mixed = family.blocks(classes).map(({ name, shape }) => {
    const size = sizeOf(shape);
    return [
      name,
      { shape, data: Float64Array.from({ length: size }, (_, j) => dot(shares, theta[name]!.data, size, j)) },
    ];
  });
  return family.finish(host as EmissionAlgebra<PlainTensor>, Object.fromEntries(mixed));
}
