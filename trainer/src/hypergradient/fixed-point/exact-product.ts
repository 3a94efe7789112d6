import type { Ratio } from "./ratio.ts";
import { createWordStack } from "./word-stack.ts";

/** Multiplies whole numbers by n/d < 1, in place, so that it can be undone bit for bit. */
export interface ExactProduct {
  /** @param values whole numbers below 2⁵⁰, `padded` of them */
  multiply(values: Float64Array): void;
  /** Takes back the last `multiply` that wasn't taken back. */
  undo(values: Float64Array): void;
  /** Length that arrays must have: the count, rounded up to whole lanes. */
  readonly padded: number;
  /** Bytes of lost bits that are kept at present. */
  readonly bytes: number;
  /** True if nothing is kept: all was taken back. */
  readonly empty: boolean;
}

/** Independent chains of arithmetic, so that the processor needn't wait for one division after the other. */
const lanes = 4;

/** Bits that leave a lane's store at a time, and what a run of products may add to it before. */
const wordSize = 2 ** 16;
const runBits = 15.99;

/**
 * Maclaurin et al. 2015, algorithm 3: v ← v·n/d loses log₂(d/n) bits, which go to a store i, a whole number:
 * i ← i·d + (v mod d), v ← v div d; v ← v·n + (i mod n), i ← i div n. Both halves are undone by themselves with n and d
 * exchanged. i is shared by all numbers of a lane; after every run of products that may have added up to 16 bits to it,
 * its low 16 bits move to a stack, whether or not it is that large: so no flags are needed to find the way back.
 * Whole numbers are held in doubles, which are exact below 2⁵³: i stays below 2⁴⁴ for d ≤ 1000.
 */
export function createExactProduct(count: number, { numerator: n, denominator: d }: Ratio): ExactProduct {
  const perLane = Math.ceil(count / lanes);
  const run = Math.floor(runBits / Math.log2(d / n));
  const stores = new Float64Array(lanes);
  const stack = createWordStack();
  /** Products in each lane since words were moved last, 0 … run − 1. */
  let since = 0;
  let depth = 0;

  const moveOut = (): void => {
    for (let lane = 0; lane < lanes; lane++) {
      const rest = Math.floor(stores[lane]! / wordSize);
      stack.push(stores[lane]! - rest * wordSize);
      stores[lane] = rest;
    }
  };
  const moveIn = (): void => {
    for (let lane = lanes - 1; lane >= 0; lane--) stores[lane] = stores[lane]! * wordSize + stack.pop();
  };

  return {
    padded: perLane * lanes,
    get bytes() {
      return 2 * stack.length + stores.byteLength;
    },
    get empty() {
      return depth === 0 && stores.every((store) => store === 0);
    },
    multiply(values) {
      for (let at = 0; at < perLane;) {
        const end = Math.min(perLane, at + run - since);
        exchange(values, stores, { from: d, to: n, first: at, count: end - at, step: 1 });
        since += end - at;
        at = end;
        if (since === run) {
          moveOut();
          since = 0;
        }
      }
      depth++;
    },
    undo(values) {
      for (let end = perLane; end > 0;) {
        if (since === 0) {
          moveIn();
          since = run;
        }
        const start = Math.max(0, end - since);
        exchange(values, stores, { from: n, to: d, first: end - 1, count: end - start, step: -1 });
        since -= end - start;
        end = start;
      }
      depth--;
    },
  };
}

interface Exchange {
  readonly from: number;
  readonly to: number;
  /** The first product's place in its lane. */
  readonly first: number;
  readonly count: number;
  readonly step: 1 | -1;
}

/** Of `count` numbers of each lane, in order: a digit in base `from` goes to the lane's store, one in base `to` comes back. */
function exchange(
  values: Float64Array,
  stores: Float64Array,
  { from, to, first, count, step }: Exchange,
): void {
  const stride = values.length / lanes;
  let [i0, i1, i2, i3] = [stores[0]!, stores[1]!, stores[2]!, stores[3]!];
  for (let left = count, k0 = first; left > 0; left--, k0 += step) {
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    const v0 = values[k0]!;
    const v1 = values[k1]!;
    const v2 = values[k2]!;
    const v3 = values[k3]!;
    const q0 = Math.floor(v0 / from);
    const q1 = Math.floor(v1 / from);
    const q2 = Math.floor(v2 / from);
    const q3 = Math.floor(v3 / from);
    i0 = i0 * from + (v0 - q0 * from);
    i1 = i1 * from + (v1 - q1 * from);
    i2 = i2 * from + (v2 - q2 * from);
    i3 = i3 * from + (v3 - q3 * from);
    const r0 = Math.floor(i0 / to);
    const r1 = Math.floor(i1 / to);
    const r2 = Math.floor(i2 / to);
    const r3 = Math.floor(i3 / to);
    values[k0] = q0 * to + (i0 - r0 * to);
    values[k1] = q1 * to + (i1 - r1 * to);
    values[k2] = q2 * to + (i2 - r2 * to);
    values[k3] = q3 * to + (i3 - r3 * to);
    i0 = r0;
    i1 = r1;
    i2 = r2;
    i3 = r3;
  }
  stores.set([i0, i1, i2, i3]);
}
