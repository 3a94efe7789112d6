import type { Emission } from "../lesson/observer.ts";

/** JSON gives every finite double back but −0, which it writes as 0. */
const minusZero = "-0";

/** Measurements as JSON carries them, to the last bit. */
export const writeEmissions = (emissions: readonly Emission[]): unknown =>
  emissions.map((emission) => mapNumbers(emission, (value) => (Object.is(value, -0) ? minusZero : value)));

export const readEmissions = (json: unknown): Emission[] =>
  (json as Emission[]).map((emission) => {
    const { step, state, phi } = mapNumbers(emission, (value) =>
      value === minusZero ? -0 : value,
    ) as Emission;
    const typed = Object.entries(phi).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data) },
    ]);
    return { step, state, phi: Object.fromEntries(typed) as Emission["phi"] };
  });

function mapNumbers(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, map);
  if (Array.isArray(value)) return value.map((item) => mapNumbers(item, map));
  if (typeof value !== "object" || value === null) return map(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapNumbers(item, map)]));
}
