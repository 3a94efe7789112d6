import type { Emission } from "@lectern/shared/schema";
import { ProblemError } from "../problems/problem-error.ts";
import { type Emitter, emitPhi, roundPhi } from "./emitter.ts";

/** Numbers in one answer: about 5 MB of JSON. */
const maxNumbers = 250_000;

/**
 * The answer.
 *
 * @throws ProblemError `invalid-body` where a state has another number of values than the teacher has features, or all
 *   of φ would be too long
 */
export function answerEmission(
  emitter: Emitter,
  states: readonly (readonly number[])[],
  dtype: Emission["dtype"],
): Emission {
  const { name, version, spec, features, size } = emitter;
  const wrong = states.findIndex((state) => state.length !== features.length);
  if (wrong !== -1) {
    const names = features.map(({ name }) => name);
    const shown = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
    throw new ProblemError(
      "invalid-body",
      `State ${wrong} has ${states[wrong]!.length} values, expected ${features.length}: ${shown}.`,
      "Send the raw values of the features in the order of the manifest's state.features.",
    );
  }
  if (size * states.length > maxNumbers) {
    throw new ProblemError(
      "invalid-body",
      `φ of ${name}@${version} has ${size} numbers, so that one answer can hold ${Math.floor(maxNumbers / size)} of them, not ${states.length}.`,
      "Send fewer states at once, or emit on the device: pull the teacher's weights.",
    );
  }
  const phi = emitPhi(emitter, states);
  return {
    name,
    version,
    family: spec.family,
    classes: spec.classes,
    dtype,
    phi: dtype === "float32" ? roundPhi(phi) : phi,
  };
}
