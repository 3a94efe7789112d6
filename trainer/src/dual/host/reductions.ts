import { claim, type Cell } from "./cells.ts";
import { sumPlaces } from "./places.ts";
import type { Tape } from "./tape.ts";

/** Over one axis, or over all. */
export function sum({ cells, back, tangents }: Tape, x: Cell, axis?: number): Cell {
  const { shape, places } = sumPlaces(x.shape, axis);
  const out = claim(cells, shape, x.wanted);
  for (const values of tangents ? [cells.values, cells.tangents] : [cells.values])
    for (let i = 0; i < x.size; i++) values[out.at + places[i]!]! += values[x.at + i]!;
  if (x.wanted)
    back.push(() => {
      for (const gradients of tangents ? [cells.gradients, cells.gradientTangents] : [cells.gradients])
        for (let i = 0; i < x.size; i++) gradients[x.at + i]! += gradients[out.at + places[i]!]!;
    });
  return out;
}

/**
 * y = x − log Σ eˣ over the last axis, p = e^y: ẏ = ẋ − Σpẋ; dx = dy − pΣdy, whose tangent is dẏ − pẏΣdy − pΣdẏ.
 */
export function logSoftmax({ cells, back, tangents }: Tape, x: Cell): Cell {
  const width = x.shape.at(-1)!;
  const out = claim(cells, x.shape, x.wanted);
  const likely = claim(cells, x.shape, false);
  const { values: v, tangents: t } = cells;
  for (let row = 0; row < x.size; row += width) {
    const [from, to, p] = [x.at + row, out.at + row, likely.at + row];
    let max = -Infinity;
    for (let k = 0; k < width; k++) max = Math.max(max, v[from + k]!);
    let total = 0;
    for (let k = 0; k < width; k++) {
      const power = Math.exp(v[from + k]! - max);
      v[p + k] = power;
      total += power;
    }
    const shift = max + Math.log(total);
    let drift = 0;
    for (let k = 0; k < width; k++) {
      v[to + k] = v[from + k]! - shift;
      v[p + k]! /= total;
      if (tangents) drift += v[p + k]! * t[from + k]!;
    }
    if (tangents) for (let k = 0; k < width; k++) t[to + k] = t[from + k]! - drift;
  }
  if (x.wanted)
    back.push(() => {
      const { values: v, tangents: t, gradients: g, gradientTangents: h } = cells;
      for (let row = 0; row < x.size; row += width) {
        const [from, to, p] = [x.at + row, out.at + row, likely.at + row];
        let [sum, sumTangent] = [0, 0];
        for (let k = 0; k < width; k++) {
          sum += g[to + k]!;
          sumTangent += h[to + k]!;
        }
        for (let k = 0; k < width; k++) {
          g[from + k]! += g[to + k]! - v[p + k]! * sum;
          if (tangents) h[from + k]! += h[to + k]! - v[p + k]! * (t[to + k]! * sum + sumTangent);
        }
      }
    });
  return out;
}
