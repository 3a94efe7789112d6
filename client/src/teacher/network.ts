import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { isKnownFeature, needsDev, thetaLayout, type TeacherSpec } from "@lectern/shared/teacher";
import type { TeacherNetwork } from "../lesson/guide.ts";

/** θ by name, as `readWeights` gives it: row-major float32. */
export type TeacherTensors = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

const broken = (problem: string): LecternError =>
  new LecternError(
    "invalid-artifact",
    problem,
    "Ask the publisher for a mended release, or pull another version.",
  );

/**
 * A teacher's network, after a check that weights and manifest belong together.
 * @throws LecternError `invalid-artifact`: tensors missing, unknown, of another shape or not finite; contradictions in
 *   the manifest. `unsupported`: a state feature that this version can't measure
 */
export function openNetwork(manifest: Manifest, tensors: TeacherTensors): TeacherNetwork {
  const { classes, loss, teacher: architecture, state } = manifest;
  const { features, measurement } = state;
  if (classes.names.length !== classes.count || new Set(classes.names).size !== classes.count)
    throw broken(
      `The manifest names ${new Set(classes.names).size} different classes, expected ${classes.count}.`,
    );
  const unknown = features.find(({ name }) => !isKnownFeature(name, classes.count));
  if (unknown)
    throw new LecternError(
      "unsupported",
      `The teacher wants the state feature "${unknown.name}", which this version doesn't measure.`,
      "Update @lectern/client.",
    );
  if (needsDev(features) && measurement.devExamples === 0)
    throw broken("The teacher looks at dev data, and its manifest measures on 0 dev examples.");
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
  const layout = thetaLayout(spec);
  const extra = Object.keys(tensors).find((found) => layout.every(({ name }) => name !== found));
  if (extra !== undefined)
    throw broken(
      `The weights have a tensor "${extra}", expected only ${layout.map(({ name }) => name).join(", ")}.`,
    );
  for (const { name, shape } of layout) {
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!tensor) throw broken(`The weights have no tensor "${name}".`);
    const size = shape.reduce((a, b) => a * b, 1);
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== size)
      throw broken(
        `The weights' tensor "${name}" has shape [${tensor.shape.join(", ")}], expected [${shape.join(", ")}].`,
      );
    if (!(tensor.data instanceof Float32Array)) throw broken(`The weights' tensor "${name}" isn't F32.`);
    if (!tensor.data.every(Number.isFinite))
      throw broken(`The weights' tensor "${name}" has values that aren't finite.`);
  }
}
