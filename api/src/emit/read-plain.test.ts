import { emissionRequest } from "@lectern/shared/schema";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readPlain } from "./read-plain.ts";

const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 1e300, 2 ** -1074));
const odd = fc.oneof(fc.constantFrom(null, "1", true, {}, [1], [], "float64"), fc.jsonValue({ maxDepth: 2 }));
/** Mostly numbers, at times something else. */
const state = fc.oneof({ weight: 9, arbitrary: fc.array(number) }, fc.array(fc.oneof(number, odd)), odd);
const states = fc.oneof(
  { weight: 9, arbitrary: fc.array(state, { maxLength: 4 }) },
  fc.integer({ min: 60, max: 70 }).map((length) => Array.from({ length }, () => [1])),
  odd,
);
const dtype = fc.oneof(fc.constantFrom("float64", "float32", "float16"), odd);
const request = fc.oneof(
  fc.record({ state }),
  fc.record({ states }),
  fc.record({ state, dtype }),
  fc.record({ states, dtype }),
  fc.record(
    { state, states, dtype, __proto__: odd, temperature: odd },
    { requiredKeys: [], noNullPrototype: true },
  ),
  fc.jsonValue(),
);

it("takes what the schema takes, and nothing else", () => {
  let taken = 0;
  fc.assert(
    fc.property(request, (value) => {
      // What JSON makes of it: NaN becomes null, and a `__proto__` is a key like any other.
      const sent: unknown = JSON.parse(JSON.stringify(value));
      const expected = emissionRequest.safeParse(sent);
      const plain = readPlain(sent);
      expect(plain !== undefined).toBe(expected.success);
      if (!expected.success) return;
      taken++;
      const { data } = expected;
      expect(plain).toEqual({
        states: "state" in data ? [data.state] : data.states,
        dtype: data.dtype,
      });
    }),
    { numRuns: 3000, seed: 4 },
  );
  expect(taken).toBeGreaterThan(300);
});

it.each(['{"state":[1],"__proto__":1}', '{"state":[1e999]}', '{"state":[1],"states":null}', "[]", "[[1]]"])(
  "leaves %s to the schema, as it does",
  (text) => {
    const sent: unknown = JSON.parse(text);
    expect(emissionRequest.safeParse(sent).success).toBe(false);
    expect(readPlain(sent)).toBeUndefined();
  },
);
