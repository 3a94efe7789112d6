import fc from "fast-check";

/** The JSON Schema (2020-12) that the API's document uses. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  pattern?: string;
  format?: string;
}

/**
 * Values that follow a schema.
 *
 * @throws Error for what no schema of the API uses yet, so that nothing is left out unnoticed
 */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(valuesOf));
  if (schema.allOf)
    return valuesOf(Object.assign({}, schema, { allOf: undefined }, ...schema.allOf) as Schema);
  const types = schema.type === undefined ? ["any"] : [schema.type].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, schema)));
}

function valuesOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "string":
      return stringsOf(schema);
    case "integer":
    case "number":
      return numbersOf(type, schema);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, (schema.minItems ?? 0) + 5),
      });
    case "object":
      return objectsOf(schema);
    case "any":
      return fc.jsonValue({ maxDepth: 2 });
    default:
      throw new Error(`no values are known for the type ${type}`);
  }
}

function numbersOf(type: "integer" | "number", schema: Schema): fc.Arbitrary<number> {
  const min = schema.minimum ?? schema.exclusiveMinimum ?? -1e6;
  const max = schema.maximum ?? schema.exclusiveMaximum ?? Math.max(1e6, min + 1);
  if (type === "integer") {
    return fc.integer({
      min: Math.max(Math.ceil(min), Number.MIN_SAFE_INTEGER),
      max: Math.min(Math.floor(max), Number.MAX_SAFE_INTEGER),
    });
  }
  return fc.double({
    min,
    max,
    minExcluded: schema.exclusiveMinimum !== undefined,
    maxExcluded: schema.exclusiveMaximum !== undefined,
    noNaN: true,
  });
}

function stringsOf({ pattern, format, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (format === "uuid") return fc.uuid();
  if (pattern === undefined) {
    return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 50), unit: "grapheme" });
  }
  return fc.constantFrom(...matching(pattern, minLength, maxLength));
}

const pools = new Map<string, string[]>();

/**
 * Strings that match. fast-check makes none for lookaheads: it makes them for the rest, of which those that fail the
 * whole are left out; a filter in its place would search for ever where few pass.
 */
function matching(pattern: string, minLength: number, maxLength: number): string[] {
  const key = `${pattern} ${minLength} ${maxLength}`;
  const found = pools.get(key);
  if (found) return found;
  const whole = new RegExp(pattern);
  const rest = new RegExp(pattern.replaceAll(/\(\?[=!](?:[^()]|\([^()]*\))*\)/g, ""));
  const pool = fc
    .sample(fc.stringMatching(rest), { seed: 1, numRuns: 300 })
    .filter((text) => whole.test(text) && text.length >= minLength && text.length <= maxLength);
  if (pool.length === 0)
    throw new Error(`none of 300 strings for ${pattern} has ${minLength} to ${maxLength} characters`);
  pools.set(key, pool);
  return pool;
}

function objectsOf({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, valuesOf(schema)])),
    { requiredKeys: required.filter((key) => key in properties) },
  );
  if (typeof additionalProperties !== "object") return known;
  const more = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), valuesOf(additionalProperties), {
    maxKeys: 3,
  });
  return fc.tuple(known, more).map(([a, b]) => Object.assign({}, b, a));
}
