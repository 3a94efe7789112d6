import type { LecternError } from "../errors/index.ts";
import { broken } from "./broken.ts";
import { show } from "./conform.ts";

/**
 * A check of one value of a parsed JSON document: gives the value back, defaults filled in, or throws
 * `LecternError("invalid-artifact")` that names the path. These few stand in for zod, which is larger than the whole
 * client; they accept what the schemas in ../schema accept, and a test compares the two.
 *
 * @param path where the value stands, such as `manifest.recipe.steps`
 */
export type Check = (value: unknown, path: string) => unknown;

/**
 * What a value must be: `"a|b"` is one of these strings, `[item, min]` a list of at least `min` items, an object an
 * object with exactly these fields.
 */
export type Shape = string | Check | readonly [Shape, number?] | { readonly [field: string]: Shape };

export function check(shape: Shape, value: unknown, path: string): unknown {
  if (typeof shape === "function") return shape(value, path);
  if (typeof shape === "string") {
    if (shape.split("|").includes(value as string)) return value;
    throw refuse(path, value, shape);
  }
  if (isList(shape)) {
    const [item, min = 0] = shape;
    if (Array.isArray(value) && value.length >= min)
      return value.map((element, i) => check(item, element, `${path}[${i}]`));
    throw refuse(path, value, `a list of at least ${min}`);
  }
  const source = asObject(value, path);
  const unknown = Object.keys(source).find((key) => !Object.hasOwn(shape, key));
  if (unknown !== undefined) throw refuse(path, unknown, `only ${Object.keys(shape).join()}`);
  return Object.fromEntries(
    Object.entries(shape).map(([key, inner]) => [key, check(inner, source[key], `${path}.${key}`)]),
  );
}

const isList = (shape: object): shape is readonly [Shape, number?] => Array.isArray(shape);

/** Whatever `holds` accepts, which `expected` puts in words. */
export function is<Value>(expected: string, holds: (value: Value) => boolean): Check {
  return (value, path) => {
    if (holds(value as Value)) return value;
    throw refuse(path, value, expected);
  };
}

/** A string of `min` to `max` Unicode code points. */
export const text = (max = Infinity, min = 0): Check =>
  is<unknown>(`a string of ${min} to ${max} characters`, (value) => {
    // Of a string that is too long however it is counted, nothing is counted.
    if (typeof value !== "string" || value.length > 2 * max) return false;
    const { length } = Array.from(value);
    return length >= min && length <= max;
  });

export const matching = (pattern: RegExp, expected: string): Check =>
  is(expected, (value) => typeof value === "string" && pattern.test(value));

export const real = (expected = "", holds: (value: number) => boolean = () => true): Check =>
  is(`a number${expected}`, (value: number) => Number.isFinite(value) && holds(value));

export const whole = (min: number, max = Infinity): Check =>
  is(
    `an integer from ${min} to ${max}`,
    (value: number) => Number.isSafeInteger(value) && value >= min && value <= max,
  );

/** An object with any keys; `__proto__` is dropped, as zod does, since assigning it would set the prototype. */
export function record(item: Check): Check {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(asObject(value, path))
        .filter(([key]) => key !== "__proto__")
        .map(([key, element]) => [key, item(element, `${path}.${key}`)]),
    );
}

/** An object whose field `kind` says which of these it is. */
export function variant(kinds: Readonly<Record<string, { readonly [field: string]: Shape }>>): Check {
  return (value, path) => {
    const kind = check(Object.keys(kinds).join("|"), asObject(value, path)["kind"], `${path}.kind`) as string;
    return check({ kind, ...kinds[kind] }, value, path);
  };
}

export function nullable(shape: Shape): Check {
  return (value, path) => (value === null ? null : check(shape, value, path));
}

/** For a field that may be left out, which then has this value. */
export function withDefault(inner: Check, fallback: unknown): Check {
  return (value = fallback, path) => inner(value, path);
}

export function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refuse(path, value, "an object");
}

function refuse(path: string, value: unknown, expected: string): LecternError {
  return broken(
    `${path} ${value === undefined ? "is missing" : `has ${show(value)}`}, expected ${expected}.`,
  );
}
