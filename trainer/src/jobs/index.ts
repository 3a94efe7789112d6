export { inProcessExecutor, workerExecutor } from "./executor.ts";
export type { Executor, Handler } from "./executor.ts";
export { serveJobs } from "./serve.ts";
