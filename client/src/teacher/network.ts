import { conform } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { isKnownFeature, needsDev, sizeOf, thetaLayout } from "@lectern/shared/teacher";
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
  const right = (holds: unknown, problem: string) => demand(holds, "invalid-artifact", problem);
  const { count, names } = classes;
  right(
    names.length === count && new Set(names).size === count,
    `The manifest has no ${count} different class names`,
  );
  for (const { name } of features)
    demand(
      isKnownFeature(name, count),
      "unsupported",
      `The teacher wants the unknown state feature "${name}"`,
    );
  conform(measurement.devExamples, Number(needsDev(features)), "manifest.devExamples");
  const spec = { family: loss.family, architecture, classes: count, features: features.length };
  const layout = thetaLayout(spec);
  for (const { name, shape } of layout) {
    const tensor = tensors[name];
    right(
      String(tensor?.shape) === String(shape) &&
        tensor!.data.length === sizeOf(shape) &&
        tensor!.data.every(Number.isFinite),
      `Tensor "${name}" has shape [${tensor?.shape ?? "none"}], expected [${shape}] of finite values`,
    );
  }
  const found = Object.keys(tensors).length;
  right(found === layout.length, `The weights have ${found} tensors, expected ${layout.length}`);
  return { spec, theta: tensors, features, measurement };
}
