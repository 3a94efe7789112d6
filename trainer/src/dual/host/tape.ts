import { claim, createCells, type Cell, type Cells } from "./cells.ts";

/** Operations in the order in which they ran. */
export interface Tape {
  readonly cells: Cells;
  /** What each operation does on the way back. */
  readonly back: (() => void)[];
  /** Whether tangents are carried; without them gradients alone come out. */
  readonly tangents: boolean;
}

const cells = createCells();

/** An empty tape. There is one memory a thread: it ends the tape before it. */
export function openTape(tangents: boolean): Tape {
  cells.used = 0;
  return { cells, back: [], tangents };
}

/** A tensor that was given. */
export function record(
  { cells }: Tape,
  values: ArrayLike<number>,
  shape: readonly number[],
  wanted: boolean,
): Cell {
  const cell = claim(cells, shape, wanted);
  const { values: to } = cells;
  for (let i = 0, { at, size } = cell; i < size; i++) to[at + i] = values[i]!;
  return cell;
}

/** Adds to a tensor's tangent. */
export function addTangent(
  { cells: { tangents } }: Tape,
  { at, size }: Cell,
  tangent: ArrayLike<number>,
): void {
  for (let i = 0; i < size; i++) tangents[at + i]! += tangent[i]!;
}

/** From Σ weightsᵢ·resultᵢ, over all the results, back to every tensor that was wanted. */
export function goBack(
  { cells, back }: Tape,
  ...results: readonly (readonly [result: Cell, weights: ArrayLike<number>])[]
): void {
  for (const [{ at, size }, weights] of results)
    for (let i = 0; i < size; i++) cells.gradients[at + i]! += weights[i]!;
  for (let i = back.length - 1; i >= 0; i--) back[i]!();
}
