import { teacherGuide, type Guide, type TeacherNetwork } from "@lectern/client/lesson";
import {
  familyOf,
  needsDev,
  plainAlgebra,
  stateVector,
  type PlainTensor,
  type StudentState,
} from "@lectern/shared/teacher";
import { emitAny } from "./emit-any.ts";
import { hasMemory, type AnySpec } from "./recurrent-spec.ts";

/** A teacher's network in the trainer. */
export type AnyNetwork = Omit<TeacherNetwork, "spec"> & { readonly spec: AnySpec };

export interface GuideWithStates extends Guide {
  /** What φ at a recorded state is a function of: s_t [D], or s of all measurements of that lesson up to it, [n·D]. */
  statesOf(state: StudentState): Float64Array;
}

const host = plainAlgebra(Float64Array);

/**
 * The guide of any teacher of the trainer's. One with a memory remembers the states that it emitted for, in order; a
 * state at time 0 begins a new lesson.
 */
export function guideAny(network: AnyNetwork): GuideWithStates {
  const { spec, theta, features, measurement } = network;
  const vectorOf = (state: StudentState): Float64Array => stateVector(features, state);
  if (!hasMemory(spec))
    return { ...teacherGuide(network as TeacherNetwork), statesOf: (state) => vectorOf(state) };
  const known = new WeakMap<StudentState, Float64Array>();
  let past: Float64Array = new Float64Array();
  const statesOf = (state: StudentState): Float64Array => {
    const there = known.get(state);
    if (there) return there;
    const before = state.time === 0 ? new Float64Array() : past;
    past = Float64Array.of(...before, ...vectorOf(state));
    known.set(state, past);
    return past;
  };
  const family = familyOf(spec.family);
  return {
    measurement,
    needsDev: needsDev(features),
    statesOf,
    emit(state) {
      const states = statesOf(state);
      const values: PlainTensor = { shape: [states.length], data: states };
      return emitAny(host, spec, theta, values, states.length / spec.features);
    },
    losses: (A, phi, logits, target) => family.losses(A, phi, logits, target),
  };
}
