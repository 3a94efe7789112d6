import { LecternError } from "../errors/index.ts";

/**
 * A check of one value of a parsed JSON document: gives the value back with its type, or throws
 * `LecternError("invalid-artifact")` that names the path. These few stand in for zod, which is larger than the whole
 * client; they accept what the schemas in ../schema accept, and a test compares the two.
 *
 * @param path where the value stands, such as `manifest.recipe.steps`
 */
export type Check<Value> = (value: unknown, path: string) => Value;

type Values<Fields> = { [Key in keyof Fields]: Fields[Key] extends Check<infer Value> ? Value : never };

/** A string of `min` to `max` Unicode code points that matches `pattern`, which `kind` puts in words. */
export function text({ min = 0, max = Infinity, pattern = /^/, kind = "a string" } = {}): Check<string> {
  return (value, path) => {
    if (typeof value !== "string" || !pattern.test(value)) throw refuse(path, value, kind);
    // Code points are counted only where UTF-16 units can't decide.
    const length = value.length > max || value.length < 2 * min ? Array.from(value).length : value.length;
    if (length < min || length > max) throw refuse(path, value, `${kind} of ${min} to ${max} characters`);
    return value;
  };
}

/** A finite number from `min` to `max`, both included; more than `above`, less than `below`; `whole` in the safe range. */
export function number({
  min = -Infinity,
  max = Infinity,
  above = -Infinity,
  below = Infinity,
  whole = false,
} = {}): Check<number> {
  return (value, path) => {
    const x = value as number;
    if (
      !(whole ? Number.isSafeInteger(x) : Number.isFinite(x)) ||
      x < min ||
      x > max ||
      x <= above ||
      x >= below
    ) {
      const bounds = Object.entries({
        "at least": min,
        "at most": max,
        "more than": above,
        "less than": below,
      });
      const words = bounds
        .filter(([, bound]) => Number.isFinite(bound))
        .map((bound) => `, ${bound.join(" ")}`);
      throw refuse(path, value, (whole ? "a whole number" : "a finite number") + words.join(""));
    }
    return x;
  };
}

export function oneOf<const Choice extends string | number>(...choices: Choice[]): Check<Choice> {
  return (value, path) => {
    if (!choices.includes(value as Choice))
      throw refuse(path, value, choices.map((c) => show(c)).join(" or "));
    return value as Choice;
  };
}

export function list<Item>(item: Check<Item>, min = 0): Check<Item[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < min) throw refuse(path, value, `a list of at least ${min}`);
    return value.map((element, index) => item(element, `${path}[${index}]`));
  };
}

/** An object with any keys; `__proto__` is dropped, as zod does, since assigning it would set the prototype. */
export function record<Item>(item: Check<Item>): Check<Record<string, Item>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(asObject(value, path))
        .filter(([key]) => key !== "__proto__")
        .map(([key, element]) => [key, item(element, `${path}.${key}`)]),
    );
}

/** An object with these fields. Others are refused, or dropped if `open`: answers of the API may grow fields. */
export function object<Fields extends Record<string, Check<unknown>>>(
  fields: Fields,
  { open = false } = {},
): Check<Values<Fields>> {
  return (value, path) => {
    const source = asObject(value, path);
    const unknown = Object.keys(source).find((key) => !Object.hasOwn(fields, key));
    if (unknown !== undefined && !open) throw refuse(path, unknown, `only ${Object.keys(fields).join(", ")}`);
    return Object.fromEntries(
      Object.entries(fields).map(([key, check]) => [key, check(source[key], path ? `${path}.${key}` : key)]),
    ) as Values<Fields>;
  };
}

/** An object whose field `kind` says which of these it is. */
export function variant<Kinds extends Record<string, Check<unknown>>>(
  kinds: Kinds,
): Check<Values<Kinds>[keyof Kinds]> {
  return (value, path) => {
    const { kind } = asObject(value, path);
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) {
      throw refuse(`${path}.kind`, kind, Object.keys(kinds).join(" or "));
    }
    return kinds[kind]?.(value, path) as Values<Kinds>[keyof Kinds];
  };
}

export function nullable<Value>(check: Check<Value>): Check<Value | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** For a field that may be left out, which then has this value. */
export function withDefault<Value>(check: Check<Value>, fallback: Value): Check<Value> {
  return (value, path) => (value === undefined ? fallback : check(value, path));
}

export function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse(path, value, "an object");
  return value as Record<string, unknown>;
}

export function refuse(path: string, value: unknown, expected: string): LecternError {
  return new LecternError(
    "invalid-artifact",
    `${path} ${value === undefined ? "is missing" : `has ${show(value)}`}, expected ${expected}.`,
    "Ask the publisher for a mended release, or pull another version.",
  );
}

/** Values come from strangers: escaped, and never a screenful. */
function show(value: unknown): string {
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
