import { z } from "zod";
import { semanticVersion, teacherName } from "./names.ts";

export const maxStates = 64;

const state = z.array(z.number());
const dtype = z.enum(["float64", "float32"]);

/**
 * What a thin client asks for: φ for one state, or for a batch. A state is the raw value of each feature in the order of
 * the manifest's `state.features`; offset and scale are applied here.
 */
export const emissionRequest = z.union([
  z.strictObject({ state, dtype: dtype.default("float64") }),
  z.strictObject({ states: z.array(state).min(1).max(maxStates), dtype: dtype.default("float64") }),
]);

/** A number, or rows of numbers. */
const values = z.union([z.number(), z.array(z.number()), z.array(z.array(z.number()))]);

export const emission = z.object({
  name: teacherName,
  version: semanticVersion,
  family: z.string(),
  classes: z.int(),
  dtype,
  /** φ by name for each state, in order: `W` [classes, classes] is a list of rows, `a` a number. */
  phi: z.array(z.record(z.string(), values)),
});

export type EmissionRequest = z.infer<typeof emissionRequest>;
export type Emission = z.infer<typeof emission>;
