import * as tf from "@tensorflow/tfjs-core";
import { openBackend } from "../../client/page/classroom/backend.ts";
import { checkCase } from "../../trainer/src/overlay/contract/check-case.ts";
import { caseGroups, toleranceOf } from "../../trainer/src/overlay/contract/table.ts";
import { installOverlay } from "../../trainer/src/overlay/install.ts";

export interface SecondOrderReport {
  readonly backend: string;
  readonly checked: number;
  /** A line a case that isn't right to first or second order, or leaks tensors. */
  readonly wrong: readonly string[];
}

/** Checks every operation of the contract table in this page. */
async function checkSecondOrder(): Promise<SecondOrderReport> {
  await openBackend("webgpu");
  installOverlay();
  const wrong: string[] = [];
  const cases = caseGroups.flatMap((group) => group.cases);
  for (const testCase of cases) {
    const { gradientError, productError, leakedTensors } = await checkCase(testCase);
    const tolerance = toleranceOf(testCase.name, "webgpu");
    if (gradientError < tolerance && productError < tolerance && leakedTensors === 0) continue;
    wrong.push(`${testCase.name}: ${gradientError} ${productError} ${leakedTensors}`);
  }
  return { backend: tf.getBackend(), checked: cases.length, wrong };
}

declare global {
  interface Window {
    checkSecondOrder: typeof checkSecondOrder;
  }
}

window.checkSecondOrder = checkSecondOrder;
