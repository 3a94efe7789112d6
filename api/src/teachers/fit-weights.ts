import { bitsPerElement, readTensors } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { isKnownFeature, needsDev, thetaLayout } from "@lectern/shared/teacher";
import { ProblemError } from "../problems/problem-error.ts";

/** More features than classes and this are none of a teacher that any client can measure. */
const otherFeatures = 16;

/** Refuses a manifest that contradicts itself: its class names, its features, what it measures. */
export function checkConsistency({ classes, state }: Manifest): void {
  const { count, names } = classes;
  if (names.length !== count || new Set(names).size !== count) {
    throw inconsistent(
      `classes.count is ${count}, but classes.names has ${new Set(names).size} different names`,
    );
  }
  const { features, measurement } = state;
  if (features.length > count + otherFeatures)
    throw inconsistent(`state.features has ${features.length} entries for ${count} classes`);
  const unknown = features.find(({ name }) => !isKnownFeature(name, count));
  if (unknown) throw inconsistent(`the state feature ${JSON.stringify(unknown.name)} is unknown`);
  if (needsDev(features) && measurement.devExamples === 0)
    throw inconsistent("its features look at dev examples, but state.measurement.devExamples is 0");
}

function inconsistent(what: string): ProblemError {
  return new ProblemError(
    "invalid-manifest",
    `The manifest contradicts itself: ${what}.`,
    "Publish with `lectern publish`, or compare it with docs/api.md.",
  );
}

/**
 * Refuses weights that aren't of the manifest's teacher: other tensors, other shapes, another element type.
 *
 * @param start the beginning of the safetensors file, with its whole header
 * @param bytes its length
 */
export function checkFit(manifest: Manifest, start: Uint8Array, bytes: number): void {
  const { loss, teacher: architecture, classes, state } = manifest;
  const layout = thetaLayout({
    family: loss.family,
    architecture,
    classes: classes.count,
    features: state.features.length,
  });
  const found = new Map(
    describeTensors(start, bytes).map(({ name, dtype, shape }) => [name, `${dtype} [${shape.join(", ")}]`]),
  );
  for (const { name, shape } of layout) {
    const expected = `F32 [${shape.join(", ")}]`;
    const actual = found.get(name) ?? "missing";
    if (actual !== expected) throw misfit(`the tensor ${name} is ${actual}, expected ${expected}`);
    found.delete(name);
  }
  const [other] = found.keys();
  if (other !== undefined) throw misfit(`the tensor ${JSON.stringify(other.slice(0, 64))} is none of them`);
}

/** @throws ProblemError `invalid-weights` */
export function describeTensors(start: Uint8Array, bytes: number) {
  try {
    return readTensors(start, bitsPerElement, "invalid-artifact", undefined, bytes).tensors;
  } catch (error) {
    if (!isLecternError(error)) throw error;
    const problem = error.message.slice(0, -error.remedy.length).trim();
    throw new ProblemError("invalid-weights", problem, error.remedy);
  }
}

function misfit(what: string): ProblemError {
  return new ProblemError(
    "weights-mismatch",
    `The weights are not those of the manifest's teacher: ${what}.`,
    "Publish the manifest and the weights of one teacher together.",
  );
}
