import { isLecternError } from "@lectern/shared/errors";
import { expect } from "vitest";
import type { ConnectOptions } from "../src/connect/index.ts";
import { answerBytes, answerJson } from "./fake-api.ts";
import { signed, weights, weightsPath } from "./fixture-release.ts";

/** What the tests of pulling have in common: the committed teacher's routes, and how a pull failed. */
export const exact = "GET /v1/teachers/fixture-glyphs/versions/1.0.0";
export const latest = "GET /v1/teachers/fixture-glyphs/versions/latest";
export const good = { [exact]: answerJson(signed), [`GET ${weightsPath}`]: answerBytes(weights) };

/** Options with which a retry waits for nobody, and what it would have waited. */
export function impatient(options: ConnectOptions = {}) {
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  return { waits, options: { timeoutMs: 5000, wait, ...options } };
}

/** All of a back-off is jitter. */
export function expectBackOff(waits: number[], longest: number[]) {
  expect(waits).toHaveLength(longest.length);
  for (const [i, ms] of waits.entries()) {
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThanOrEqual(longest[i]!);
  }
}

export async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (isLecternError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("accepted");
}
