import { readManifest, readWeights } from "@lectern/shared/artifact";
import type { Emission, Feature } from "@lectern/shared/schema";
import {
  emit,
  registerFurtherFamilies,
  sizeOf,
  type TeacherSpec,
  type Theta,
  thetaLayout,
} from "@lectern/shared/teacher";
import { ProblemError } from "../problems/problem-error.ts";
import { arrayAlgebra, type ArrayTensor } from "./array-algebra.ts";

registerFurtherFamilies();

/** A teacher that is ready to emit: its weights parsed and checked, in float64. */
export interface Emitter {
  readonly name: string;
  readonly version: string;
  readonly spec: TeacherSpec;
  readonly features: readonly Feature[];
  readonly theta: Theta<ArrayTensor>;
  /** Numbers in one φ. */
  readonly size: number;
  /** What it takes of a memory. */
  readonly bytes: number;
}

/**
 * @param manifest its exact text
 * @param weights the safetensors file
 * @throws ProblemError `invalid-weights` where the two don't belong together: it was published before that was checked
 */
export function openEmitter(manifest: string, weights: Uint8Array): Emitter {
  const { name, version, loss, teacher, classes, state } = readManifest(manifest);
  const spec: TeacherSpec = {
    family: loss.family,
    architecture: teacher,
    classes: classes.count,
    features: state.features.length,
  };
  const tensors = readWeights(weights);
  const theta: Record<string, ArrayTensor> = {};
  let [size, bytes] = [0, 4096];
  for (const block of thetaLayout(spec)) {
    const tensor = tensors[block.name];
    if (tensor?.shape.join() !== block.shape.join() || !tensor.data.every(Number.isFinite)) {
      throw new ProblemError(
        "invalid-weights",
        `The weights of ${name}@${version} have no tensor ${block.name} of shape [${block.shape}] with finite values.`,
        "Ask its owner for another version.",
      );
    }
    theta[block.name] = { shape: block.shape, data: Array.from(tensor.data, Number) };
    bytes += 8 * tensor.data.length;
    if (block.name !== "V" && block.name !== "c0") size += sizeOf(block.shape.slice(1));
  }
  return { name, version, spec, features: state.features, theta, size, bytes };
}

/** The largest value that a feature has for the teacher: as in `stateVector` of the client. */
const most = 1e6;

/**
 * φ for each state, computed in float64 by the code that the client runs.
 *
 * @param states raw values, as many as there are features
 */
export function emitPhi(emitter: Emitter, states: readonly (readonly number[])[]): Emission["phi"] {
  const { spec, features, theta } = emitter;
  return states.map((raw) => {
    const data = features.map(({ offset, scale }, i) =>
      Math.min(most, Math.max(-most, (raw[i]! - offset) * scale)),
    );
    const phi = Object.entries(emit(arrayAlgebra, spec, theta, { shape: [features.length], data }));
    return Object.fromEntries(phi.map(([name, tensor]) => [name, nest(emitter, name, tensor)]));
  });
}

function nest(
  { name: teacher, version }: Emitter,
  name: string,
  { shape: [rows, columns], data }: ArrayTensor,
): number | number[] | number[][] {
  if (rows !== undefined && columns !== undefined) {
    const nested: number[][] = [];
    for (let row = 0; row < rows; row++) nested.push(data.slice(row * columns, (row + 1) * columns));
    return nested;
  }
  if (rows !== undefined) return [...data];
  // An exponential of finite weights: the one value that may be too large for a number, and JSON has no infinity.
  if (Number.isFinite(data[0])) return data[0]!;
  throw new ProblemError(
    "invalid-weights",
    `${teacher}@${version} emits ${name} = ${data[0]} for this state.`,
    "Ask its owner for another version.",
  );
}

/** The nearest float32 of every number, in the fewest digits that still tell it from its neighbours: nine. */
export function roundPhi(phi: Emission["phi"]): Emission["phi"] {
  const round = (value: number | number[] | number[][]): number | number[] | number[][] =>
    typeof value === "number"
      ? nineDigits(Math.fround(value))
      : (value.map((inner: number | number[]) => round(inner)) as number[] | number[][]);
  return phi.map((one) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, round(value)])),
  );
}

function nineDigits(value: number): number {
  const places = 8 - Math.floor(Math.log10(Math.abs(value)));
  // Powers of ten are exact up to here, so that the quotient is the decimal's own double; `toPrecision` is slower.
  if (places >= 0 && places <= 22) return Math.round(value * 10 ** places) / 10 ** places;
  return Number(value.toPrecision(9));
}
