export type { PackedData, PackedTensor, TeacherSource } from "./messages.ts";
export { packTensor } from "./pack.ts";
export { teachInWorker } from "./teach-in-worker.ts";
export type { WorkerLesson, WorkerTeachOptions, WorkerTeachResult } from "./teach-in-worker.ts";
