export { writePyTorch } from "./code/write-pytorch.ts";
export { writeTypeScript } from "./code/write-typescript.ts";
export { explainedRelease, openTeacherFolder } from "./open-teacher.ts";
export { toExplanationPage } from "./page.ts";
