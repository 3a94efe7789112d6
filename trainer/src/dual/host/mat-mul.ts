import { demand } from "@lectern/shared/errors";
import { claim, type Cell } from "./cells.ts";
import type { Tape } from "./tape.ts";

/** [n, k] · [k, m] → [n, m]: C = AB, Ċ = ȦB + AḂ; dA = dC·Bᵀ, dB = Aᵀ·dC. */
export function matMul({ cells, back, tangents }: Tape, a: Cell, b: Cell): Cell {
  const [n, k] = a.shape as [number, number];
  const m = b.shape[1]!;
  const fits = a.shape.length === 2 && b.shape.length === 2 && b.shape[0] === k;
  demand(
    fits,
    "invalid-argument",
    `The shapes [${a.shape}] and [${b.shape}] don't fit`,
    "Check the loss family.",
  );
  const out = claim(cells, [n, m], a.wanted || b.wanted);
  const { values: v, tangents: t } = cells;
  const multiply = (left: Float64Array, right: Float64Array, to: Float64Array) =>
    addProduct(left, a.at, right, b.at, to, out.at, n, k, m);
  multiply(v, v, v);
  if (tangents) {
    multiply(t, v, t);
    multiply(v, t, t);
  }
  if (out.wanted)
    back.push(() => {
      const { values: v, tangents: t, gradients: g, gradientTangents: h } = cells;
      const toA = (d: Float64Array, right: Float64Array, to: Float64Array) =>
        addRightTransposed(d, out.at, right, b.at, to, a.at, n, m, k);
      const toB = (left: Float64Array, d: Float64Array, to: Float64Array) =>
        addLeftTransposed(left, a.at, d, out.at, to, b.at, n, k, m);
      if (a.wanted) {
        toA(g, v, g);
        if (tangents) {
          toA(h, v, h);
          toA(g, t, h);
        }
      }
      if (b.wanted) {
        toB(v, g, g);
        if (tangents) {
          toB(v, h, h);
          toB(t, g, h);
        }
      }
    });
  return out;
}

type Numbers = Float64Array;

/** to += x·y: [n, k]·[k, m] */
function addProduct(
  x: Numbers,
  xAt: number,
  y: Numbers,
  yAt: number,
  to: Numbers,
  at: number,
  n: number,
  k: number,
  m: number,
): void {
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const scale = x[xAt + i * k + l]!;
      const [from, row] = [yAt + l * m, at + i * m];
      for (let j = 0; j < m; j++) to[row + j]! += scale * y[from + j]!;
    }
}

/** to += x·yᵀ: [n, m]·[k, m]ᵀ */
function addRightTransposed(
  x: Numbers,
  xAt: number,
  y: Numbers,
  yAt: number,
  to: Numbers,
  at: number,
  n: number,
  m: number,
  k: number,
): void {
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const [row, column] = [xAt + i * m, yAt + l * m];
      let sum = 0;
      for (let j = 0; j < m; j++) sum += x[row + j]! * y[column + j]!;
      to[at + i * k + l]! += sum;
    }
}

/** to += xᵀ·y: [n, k]ᵀ·[n, m] */
function addLeftTransposed(
  x: Numbers,
  xAt: number,
  y: Numbers,
  yAt: number,
  to: Numbers,
  at: number,
  n: number,
  k: number,
  m: number,
): void {
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const scale = x[xAt + i * k + l]!;
      const [from, row] = [yAt + i * m, at + l * m];
      for (let j = 0; j < m; j++) to[row + j]! += scale * y[from + j]!;
    }
}
