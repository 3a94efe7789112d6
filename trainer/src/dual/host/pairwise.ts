import { claim, type Cell } from "./cells.ts";
import { pair } from "./places.ts";
import type { Tape } from "./tape.ts";

/** a + sign·b */
export function add({ cells, back, tangents }: Tape, a: Cell, b: Cell, sign: 1 | -1): Cell {
  const places = pair(a.shape, b.shape);
  const out = claim(cells, places.shape, a.wanted || b.wanted);
  combine(cells.values, out, a, places.a, b, places.b, sign);
  if (tangents) combine(cells.tangents, out, a, places.a, b, places.b, sign);
  if (out.wanted)
    back.push(() => {
      for (const gradients of tangents ? [cells.gradients, cells.gradientTangents] : [cells.gradients]) {
        if (a.wanted) scatter(gradients, out, a, places.a, 1);
        if (b.wanted) scatter(gradients, out, b, places.b, sign);
      }
    });
  return out;
}

function combine(
  x: Float64Array,
  { at, size }: Cell,
  a: Cell,
  aPlaces: Int32Array,
  b: Cell,
  bPlaces: Int32Array,
  sign: number,
): void {
  for (let i = 0; i < size; i++) x[at + i] = x[a.at + aPlaces[i]!]! + sign * x[b.at + bPlaces[i]!]!;
}

function scatter(x: Float64Array, { at, size }: Cell, to: Cell, places: Int32Array, sign: number): void {
  for (let i = 0; i < size; i++) x[to.at + places[i]!]! += sign * x[at + i]!;
}

/** a·b, elementwise */
export function mul({ cells, back, tangents }: Tape, a: Cell, b: Cell): Cell {
  const places = pair(a.shape, b.shape);
  const out = claim(cells, places.shape, a.wanted || b.wanted);
  const { values: v, tangents: t } = cells;
  for (let i = 0; i < out.size; i++) {
    const x = a.at + places.a[i]!;
    const y = b.at + places.b[i]!;
    v[out.at + i] = v[x]! * v[y]!;
    if (tangents) t[out.at + i] = t[x]! * v[y]! + v[x]! * t[y]!;
  }
  if (out.wanted)
    back.push(() => {
      if (a.wanted) mulBack(cells, tangents, out, a, places.a, b, places.b);
      if (b.wanted) mulBack(cells, tangents, out, b, places.b, a, places.a);
    });
  return out;
}

/** The part of `to`: the gradient times the other factor. */
function mulBack(
  { values: v, tangents: t, gradients: g, gradientTangents: h }: Tape["cells"],
  tangents: boolean,
  out: Cell,
  to: Cell,
  toPlaces: Int32Array,
  other: Cell,
  otherPlaces: Int32Array,
): void {
  for (let i = 0; i < out.size; i++) {
    const x = to.at + toPlaces[i]!;
    const y = other.at + otherPlaces[i]!;
    const z = out.at + i;
    g[x]! += g[z]! * v[y]!;
    if (tangents) h[x]! += h[z]! * v[y]! + g[z]! * t[y]!;
  }
}

/** c = a/b: ċ = (ȧ − c·ḃ)/b; da = dc/b, db = −da·c */
export function div({ cells, back, tangents }: Tape, a: Cell, b: Cell): Cell {
  const places = pair(a.shape, b.shape);
  const out = claim(cells, places.shape, a.wanted || b.wanted);
  const { values: v, tangents: t } = cells;
  for (let i = 0; i < out.size; i++) {
    const x = a.at + places.a[i]!;
    const y = b.at + places.b[i]!;
    const z = out.at + i;
    v[z] = v[x]! / v[y]!;
    if (tangents) t[z] = (t[x]! - v[z]! * t[y]!) / v[y]!;
  }
  if (out.wanted)
    back.push(() => {
      const { values: v, tangents: t, gradients: g, gradientTangents: h } = cells;
      for (let i = 0; i < out.size; i++) {
        const x = a.at + places.a[i]!;
        const y = b.at + places.b[i]!;
        const z = out.at + i;
        const d = g[z]! / v[y]!;
        const e = (h[z]! - d * t[y]!) / v[y]!;
        if (a.wanted) {
          g[x]! += d;
          h[x]! += e;
        }
        if (b.wanted) {
          g[y]! -= d * v[z]!;
          h[y]! -= e * v[z]! + d * t[z]!;
        }
      }
    });
  return out;
}
