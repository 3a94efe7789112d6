import { broken } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { isKnownFeature, needsDev, thetaLayout, type TeacherSpec } from "@lectern/shared/teacher";
import type { TeacherNetwork } from "../lesson/guide.ts";

/** θ by name, as `readWeights` gives it: row-major float32. */
export type TeacherTensors = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/**
 * A teacher's network, after a check that weights and manifest belong together.
 * @throws LecternError `invalid-artifact`: tensors missing, unknown, of another shape or not finite; contradictions in
 *   the manifest. `unsupported`: a state feature that this version can't measure
 */
export function openNetwork(manifest: Manifest, tensors: TeacherTensors): TeacherNetwork {
  const { classes, loss, teacher: architecture, state } = manifest;
  const { features, measurement } = state;
  const different = new Set(classes.names).size;
  if (classes.names.length !== classes.count || different !== classes.count)
    throw broken(`The manifest names ${different} different classes, expected ${classes.count}.`);
  const unknown = features.find(({ name }) => !isKnownFeature(name, classes.count));
  if (unknown)
    throw new LecternError(
      "unsupported",
      `The teacher wants the unknown state feature "${unknown.name}".`,
      "Update @lectern/client.",
    );
  if (needsDev(features) && measurement.devExamples === 0)
    throw broken("The manifest measures on 0 dev examples, expected more.");
  const spec: TeacherSpec = {
    family: loss.family,
    architecture,
    classes: classes.count,
    features: features.length,
  };
  checkTensors(spec, tensors);
  return { spec, theta: tensors, features, measurement };
}

function checkTensors(spec: TeacherSpec, tensors: TeacherTensors): void {
  const expected = new Map(thetaLayout(spec).map(({ name, shape }) => [name, shape]));
  const found = new Map(Object.entries(tensors));
  for (const name of [...expected.keys(), ...found.keys()]) {
    const [shape, tensor] = [expected.get(name), found.get(name)];
    const right =
      shape &&
      tensor?.shape.join() === shape.join() &&
      tensor.data instanceof Float32Array &&
      tensor.data.length === shape.reduce((a, b) => a * b, 1) &&
      tensor.data.every(Number.isFinite);
    if (!right)
      throw broken(
        `Tensor "${name}" has shape [${tensor?.shape ?? "none"}], expected [${shape ?? "none"}] of finite float32 values.`,
      );
  }
}
