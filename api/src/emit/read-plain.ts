import type { Emission } from "@lectern/shared/schema";

/** Of one state or several: several. */
export interface PlainRequest {
  states: readonly (readonly number[])[];
  dtype: Emission["dtype"];
}

/**
 * Takes exactly what the schema `emissionRequest` takes, of what JSON can hold (a property test compares them), without
 * zod, which takes longer than the emission: undefined for anything else, for zod to say what is wrong.
 */
export function readPlain(value: unknown): PlainRequest | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { state, states = [state], dtype = "float64", ...rest } = value as Record<string, unknown>;
  const isKnown = Object.keys(rest).length === 0 && (dtype === "float64" || dtype === "float32");
  if (!isKnown || !Array.isArray(states) || ("state" in value && "states" in value)) return undefined;
  if (states.length < 1 || states.length > 64) return undefined;
  for (const one of states as unknown[]) {
    if (!Array.isArray(one)) return undefined;
    for (const number of one as unknown[]) if (!Number.isFinite(number)) return undefined;
  }
  return { states: states as number[][], dtype };
}
