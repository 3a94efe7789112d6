import { emit, plainAlgebra } from "@lectern/shared/teacher";
import { guideOf, type Guide, type TeacherNetwork } from "./guide.ts";

const host = plainAlgebra(Float64Array);

/** The guide of any teacher, one whose family isn't built in included: it may compute φ in the whole algebra. */
export const teacherGuide = (network: TeacherNetwork): Guide =>
  guideOf(network, (spec, theta, state) => emit(host, spec, theta, host.tensor(state, [state.length])));
