export { inProcessExecutor } from "./executor.ts";
export type { Executor, Handler } from "./executor.ts";
export { serveJobs } from "./serve.ts";
export { workerExecutor } from "./workers.ts";
