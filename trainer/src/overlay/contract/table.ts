import type { CaseGroup } from "./case.ts";
import { activationCases } from "./cases/activations.ts";
import { arithmeticCases } from "./cases/arithmetic.ts";
import { compositionCases } from "./cases/compositions.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { lossCases } from "./cases/losses.ts";
import { movingCases } from "./cases/moving.ts";
import { reductionCases } from "./cases/reductions.ts";
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
  normalisationCases,
  lossCases,
  compositionCases,
];
