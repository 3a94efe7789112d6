export { drawInitialWeights } from "./initial-weights.ts";
export { buildLenet } from "./lenet.ts";
export { loadStudent, shownStudents, studentNames } from "./load-student.ts";
export type { StudentName } from "./load-student.ts";
export { buildMlp } from "./mlp.ts";
export { densenetBc } from "./densenet.ts";
export { buildResnet20, buildResnet32, buildResnet8, resnet } from "./resnet.ts";
export { wideResnet } from "./wide-resnet.ts";
export type { StudentBuilder, StudentOptions } from "./options.ts";
