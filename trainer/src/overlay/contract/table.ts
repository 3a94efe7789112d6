import type { CaseGroup } from "./case.ts";
import { activationCases } from "./cases/activations.ts";
import { arithmeticCases } from "./cases/arithmetic.ts";
import { compositionCases } from "./cases/compositions.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { lossCases } from "./cases/losses.ts";
import { movingCases } from "./cases/moving.ts";
import { reductionCases } from "./cases/reductions.ts";
import { volumeCases } from "./cases/volumes.ts";
import { convolutionCases, normalisationCases, poolingCases, resizingCases } from "./cases/windows.ts";

/** Every operation that the overlay answers for, on every backend. */
export const caseGroups: readonly CaseGroup[] = [
  elementwiseCases,
  activationCases,
  arithmeticCases,
  reductionCases,
  movingCases,
  convolutionCases,
  poolingCases,
  resizingCases,
  volumeCases,
  normalisationCases,
  lossCases,
  compositionCases,
];

/** WGSL promises sin and cos to 2⁻¹¹, and what it makes of them; the rest follows float32. */
const inexactOnWebgpu = new Set(["acos", "asin", "cos", "sin", "tan"]);

/** How far float32 may be from float64, relatively, over all numbers of an operation. */
export const toleranceOf = (name: string, backend: string): number =>
  backend === "webgpu" && inexactOnWebgpu.has(name) ? 1e-3 : 1e-5;
