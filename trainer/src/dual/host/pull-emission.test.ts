import {
  emit,
  initialTheta,
  plainAlgebra,
  registerFurtherFamilies,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { describe, expect, it } from "vitest";
import { pullEmission } from "./pull-emission.ts";

registerFurtherFamilies();

const A = plainAlgebra(Float64Array);
const state = Float64Array.of(0.3, -0.7, 1);

describe.each(["bilinear", "mixed", "gain", "invariant", "taylor"])("dθ of one emission of %s", (family) => {
  it.each([{ kind: "attention", keys: 3 }, { kind: "gate" }] as const)(
    "through $kind is central differences'",
    (architecture) => {
      const spec: TeacherSpec = { family, architecture, classes: 3, features: 3 };
      const theta = Object.fromEntries(
        Object.entries(initialTheta(spec, 5)).map(([name, t], k) => [
          name,
          { ...t, data: t.data.map((v, i) => v / 10 + 0.3 * Math.sin(1 + i + k)) },
        ]),
      );
      const phi = emit(A, spec, theta, A.tensor(state, [3]));
      const dPhi = Object.fromEntries(
        Object.entries(phi).map(([name, { data }], k) => [name, data.map((_, i) => Math.cos(i + 2 * k))]),
      );
      const product = (name: string, place: number, by: number): number => {
        const moved = { ...theta[name]!, data: theta[name]!.data.map((v, i) => (i === place ? v + by : v)) };
        const emitted = emit(A, spec, { ...theta, [name]: moved }, A.tensor(state, [3]));
        return Object.entries(emitted).reduce(
          (sum, [key, { data }]) =>
            sum + Array.from(data, (v, i) => v * dPhi[key]![i]!).reduce((a, b) => a + b),
          0,
        );
      };
      const actual = pullEmission(spec, theta, state, dPhi);
      for (const [name, { data }] of Object.entries(theta))
        for (const place of data.keys()) {
          const difference = (product(name, place, 1e-5) - product(name, place, -1e-5)) / 2e-5;
          expect(actual[name]![place]).toBeCloseTo(difference, 7);
        }
    },
  );
});
