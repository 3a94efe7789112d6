import { featuresOf } from "@lectern/shared/teacher";
import { startAny, type AnyNetwork, type AnySpec } from "../recurrent/index.ts";
import type { TrainConfig } from "./config.ts";
import type { ThetaValues } from "./meta-optimizer.ts";

/** The shape of a run's teacher. */
export function teacherSpecOf({ teacher }: TrainConfig, classes: number): AnySpec {
  return {
    family: teacher.family,
    architecture: teacher.architecture,
    classes,
    features: featuresOf(teacher.featureSet, classes).length,
  };
}

export function networkOf({ teacher }: TrainConfig, spec: AnySpec, theta: ThetaValues): AnyNetwork {
  const features = featuresOf(teacher.featureSet, spec.classes);
  return {
    spec,
    theta,
    features,
    measurement: teacher.measurement,
  };
}

export const startingTheta = (config: TrainConfig, spec: AnySpec): ThetaValues =>
  startAny(spec, config.seed, config.teacher.start);
