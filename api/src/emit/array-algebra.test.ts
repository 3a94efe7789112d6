import {
  emit,
  plainAlgebra,
  registerFurtherFamilies,
  sizeOf,
  type TeacherSpec,
  thetaLayout,
} from "@lectern/shared/teacher";
import fc from "fast-check";
import { expect, it } from "vitest";
import { arrayAlgebra } from "./array-algebra.ts";

registerFurtherFamilies();

const specs = fc.record({
  family: fc.constantFrom("bilinear", "mixed", "gain", "invariant", "taylor"),
  architecture: fc.oneof(
    fc.record({ kind: fc.constant("attention" as const), keys: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("gate" as const) }),
  ),
  classes: fc.integer({ min: 2, max: 6 }),
  features: fc.integer({ min: 1, max: 6 }),
});
/** Weights are float32; whole ones, negative zero, tiny and huge ones are among them. */
const value = fc.oneof(
  fc.float({ noNaN: true, min: -20, max: 20 }),
  fc.constantFrom(0, -0, 1, -1, 2 ** -149),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);

it("emits what plainAlgebra does, bit by bit, for every family and architecture", () => {
  fc.assert(
    fc.property(
      specs,
      fc.array(value, { minLength: 1, maxLength: 64 }),
      fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 6, maxLength: 6 }),
      (spec: TeacherSpec, pool, raw) => {
        const blocks = thetaLayout(spec).map(({ name, shape }) => {
          const data = Array.from(
            { length: sizeOf(shape) },
            (_, i) => pool[(i * 7 + name.length) % pool.length]!,
          );
          return { name, shape, data };
        });
        const state = raw.slice(0, spec.features);
        const host = plainAlgebra(Float64Array);
        const expected = emit(
          host,
          spec,
          Object.fromEntries(blocks.map(({ name, shape, data }) => [name, host.tensor(data, shape)])),
          host.tensor(state, [spec.features]),
        );
        const theta = Object.fromEntries(blocks.map(({ name, ...tensor }) => [name, tensor]));
        const phi = emit(arrayAlgebra, spec, theta, { shape: [spec.features], data: state });
        expect(Object.keys(phi)).toEqual(Object.keys(expected));
        for (const [name, { shape, data }] of Object.entries(expected)) {
          expect(phi[name]!.shape).toEqual(shape);
          expect(phi[name]!.data.length).toBe(data.length);
          data.forEach((value, i) => expect(Object.is(phi[name]!.data[i], value)).toBe(true));
        }
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});
