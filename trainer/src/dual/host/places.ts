import { demand } from "@lectern/shared/errors";

type Shape = readonly number[];

/** Which place of a smaller tensor each place of a larger one reads, or is added to. */
export type Places = Int32Array;

export interface Pairing {
  readonly shape: Shape;
  readonly a: Places;
  readonly b: Places;
}

const pairings = new Map<string, Pairing>();
const sums = new Map<string, { shape: Shape; places: Places }>();

/** NumPy's broadcasting of two shapes, worked out once: a loop over elements then needs no division. */
export function pair(a: Shape, b: Shape): Pairing {
  const key = `${a.join()}|${b.join()}`;
  let found = pairings.get(key);
  if (!found) {
    const shape = broadcast(a, b);
    found = { shape, a: placesIn(a, shape), b: placesIn(b, shape) };
    pairings.set(key, found);
  }
  return found;
}

/** What a sum over one axis, or over all, adds up where. */
export function sumPlaces(shape: Shape, axis?: number): { shape: Shape; places: Places } {
  const key = `${shape.join()}|${axis}`;
  let found = sums.get(key);
  if (!found) {
    const at = axis === undefined ? undefined : axis < 0 ? axis + shape.length : axis;
    const kept = shape.map((size, i) => (at === undefined || at === i ? 1 : size));
    found = { shape: at === undefined ? [] : shape.toSpliced(at, 1), places: placesIn(kept, shape) };
    sums.set(key, found);
  }
  return found;
}

/** Aligned at the right; an axis of 1 stretches. */
function broadcast(a: Shape, b: Shape): Shape {
  if (a.length < b.length) return broadcast(b, a);
  const offset = a.length - b.length;
  return a.map((size, i) => {
    const other = i < offset ? 1 : b[i - offset]!;
    demand(
      size === other || size === 1 || other === 1,
      "invalid-argument",
      `The shapes [${a}] and [${b}] don't fit`,
      "Check the loss family.",
    );
    return size === 1 ? other : size;
  });
}

function placesIn(own: Shape, target: Shape): Places {
  const places = new Int32Array(target.reduce((a, b) => a * b, 1));
  for (const flat of places.keys()) {
    let [place, stride, rest] = [0, 1, flat];
    for (let axis = 1; axis <= own.length; axis++) {
      const [size, whole] = [own.at(-axis)!, target.at(-axis)!];
      place += ((rest % whole) % size) * stride;
      stride *= size;
      rest = Math.floor(rest / whole);
    }
    places[flat] = place;
  }
  return places;
}
