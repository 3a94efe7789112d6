import {
  featuresOf,
  initialTheta,
  stateVector,
  type StudentState,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import type { TeacherNetwork } from "@lectern/client/lesson";
import type { TrainConfig } from "./config.ts";
import type { ThetaValues } from "./meta-optimizer.ts";

/** The shape of a run's teacher. */
export function teacherSpecOf({ teacher }: TrainConfig, classes: number): TeacherSpec {
  return {
    family: teacher.family,
    architecture: teacher.architecture,
    classes,
    features: featuresOf(teacher.featureSet, classes).length,
  };
}

export function networkOf(
  { teacher }: TrainConfig,
  spec: TeacherSpec,
  theta: ThetaValues,
): TeacherNetwork & { vectorOf(state: StudentState): Float64Array } {
  const features = featuresOf(teacher.featureSet, spec.classes);
  return {
    spec,
    theta,
    features,
    measurement: teacher.measurement,
    vectorOf: (state) => stateVector(features, state),
  };
}

export const startingTheta = (config: TrainConfig, spec: TeacherSpec): ThetaValues =>
  initialTheta(spec, config.seed, config.teacher.start);
