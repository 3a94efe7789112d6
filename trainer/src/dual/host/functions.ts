import { claim, type Cell, type Cells } from "./cells.ts";
import type { Tape } from "./tape.ts";

/** Fills in y at `out`, and y's first and second derivatives at `slope`: as its value and its tangent. */
type Fill = (cells: Cells, x: Cell, out: Cell, slope: Cell) => void;

/** y = f(x), elementwise: ẏ = f′ẋ; dx = f′dy, and its tangent is f′dẏ + f″ẋdy. */
const elementwise =
  (fill: Fill) =>
  ({ cells, back, tangents }: Tape, x: Cell): Cell => {
    const out = claim(cells, x.shape, x.wanted);
    const slope = claim(cells, x.shape, false);
    fill(cells, x, out, slope);
    const { values: v, tangents: t } = cells;
    if (tangents) for (let i = 0; i < x.size; i++) t[out.at + i] = v[slope.at + i]! * t[x.at + i]!;
    if (x.wanted)
      back.push(() => {
        const { values: v, tangents: t, gradients: g, gradientTangents: h } = cells;
        for (let i = 0; i < x.size; i++) g[x.at + i]! += g[out.at + i]! * v[slope.at + i]!;
        if (!tangents) return;
        for (let i = 0; i < x.size; i++) {
          const bend = t[slope.at + i]! * t[x.at + i]!;
          h[x.at + i]! += h[out.at + i]! * v[slope.at + i]! + g[out.at + i]! * bend;
        }
      });
    return out;
  };

export const exp = elementwise(({ values: v, tangents: t }, x, out, slope) => {
  for (let i = 0; i < x.size; i++) {
    const y = Math.exp(v[x.at + i]!);
    v[out.at + i] = y;
    v[slope.at + i] = y;
    t[slope.at + i] = y;
  }
});

export const log = elementwise(({ values: v, tangents: t }, x, out, slope) => {
  for (let i = 0; i < x.size; i++) {
    const inverse = 1 / v[x.at + i]!;
    v[out.at + i] = Math.log(v[x.at + i]!);
    v[slope.at + i] = inverse;
    t[slope.at + i] = -inverse * inverse;
  }
});

/** σ′ = σ(1 − σ), σ″ = σ′(1 − 2σ) */
export const sigmoid = elementwise(({ values: v, tangents: t }, x, out, slope) => {
  for (let i = 0; i < x.size; i++) {
    // Of −|x|, so that it doesn't overflow; 1 − σ keeps its digits where σ is close to 1.
    const power = Math.exp(-Math.abs(v[x.at + i]!));
    const near = 1 / (1 + power);
    const far = power / (1 + power);
    const y = v[x.at + i]! >= 0 ? near : far;
    v[out.at + i] = y;
    v[slope.at + i] = near * far;
    t[slope.at + i] = near * far * (1 - 2 * y);
  }
});
