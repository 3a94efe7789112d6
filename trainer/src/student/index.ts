export { drawInitialWeights } from "./initial-weights.ts";
export { buildLenet } from "./lenet.ts";
export { loadStudent, studentNames } from "./load-student.ts";
export type { StudentName } from "./load-student.ts";
export { buildMlp } from "./mlp.ts";
export { buildResnet8 } from "./resnet8.ts";
export type { StudentBuilder, StudentOptions } from "./options.ts";
