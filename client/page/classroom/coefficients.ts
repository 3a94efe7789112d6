import type { Coefficients, PlainTensor } from "@lectern/shared/teacher";
import { familyOf, fixedLosses, plainAlgebra } from "@lectern/shared/teacher";
import type { LossFamily } from "@lectern/shared/schema";
import type { Rival } from "./choice.ts";

/** One number that stands for a part of φ. */
export interface Summary {
  readonly key: string;
  /** In words, for a heading. */
  readonly label: string;
  readonly value: number;
}

const meaning: Readonly<Record<string, string>> = {
  a: "a, weight of the logarithmic term",
  g: "g, weight of the bounded term",
};

/** φ in few numbers: a scalar as it is, a vector's mean, a matrix's mean on and off the diagonal. */
export function summarise(phi: Coefficients<PlainTensor>): Summary[] {
  return Object.entries(phi).flatMap(([name, { data, shape }]): Summary[] => {
    if (data.length === 1) return [{ key: name, label: meaning[name] ?? name, value: data[0]! }];
    if (shape.length !== 2) return [{ key: name, label: `${name}, mean`, value: mean(data) }];
    const columns = shape[1]!;
    const on = data.filter((_, i) => Math.floor(i / columns) === i % columns);
    const off = data.filter((_, i) => Math.floor(i / columns) !== i % columns);
    return [
      { key: `${name}-on`, label: `${name}, mean of the diagonal`, value: mean(on) },
      { key: `${name}-off`, label: `${name}, mean off the diagonal`, value: mean(off) },
    ];
  });
}

const mean = (values: Iterable<number> & { readonly length: number }): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};

/** [p_y, loss]. */
export type Curve = readonly (readonly [number, number])[];

const grid = Array.from({ length: 50 }, (_, i) => (i + 1) / 50 - 0.01);
const host = plainAlgebra(Float64Array);

/**
 * The loss as a function of p_y, the rest of the probability being shared evenly: the mean over the labels y, less its
 * value at the last p_y, since a constant teaches nothing.
 */
export function lossCurve(family: LossFamily, phi: Coefficients<PlainTensor>, classes: number): Curve {
  return curve(classes, (logits, target) => familyOf(family).losses(host, phi, logits, target));
}

export function rivalCurve({ loss, parameter = fallback(loss) }: Rival, classes: number): Curve {
  return curve(classes, (logits, target) => fixedLosses[loss].losses(host, logits, target, parameter));
}

/** What teachFixed takes where none is given. */
function fallback(loss: Rival["loss"]): number {
  const { parameter } = fixedLosses[loss] as { parameter?: { grid: readonly number[] } };
  return parameter?.grid[0] ?? 0;
}

function curve(classes: number, losses: (logits: PlainTensor, target: PlainTensor) => PlainTensor): Curve {
  const rows = grid.length * classes;
  const logits = new Float64Array(rows * classes);
  const target = new Float64Array(rows * classes);
  for (const [i, p] of grid.entries())
    for (let y = 0; y < classes; y++)
      for (let k = 0; k < classes; k++) {
        const at = (i * classes + y) * classes + k;
        logits[at] = Math.log(k === y ? p : (1 - p) / (classes - 1));
        target[at] = k === y ? 1 : 0;
      }
  const shape = [rows, classes];
  const { data } = losses(host.tensor(logits, shape), host.tensor(target, shape));
  const means = grid.map((_, i) => mean(data.slice(i * classes, (i + 1) * classes)));
  return grid.map((p, i) => [p, means[i]! - means.at(-1)!] as const);
}
