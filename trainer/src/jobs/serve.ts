import { parentPort, workerData } from "node:worker_threads";
import { isLecternError } from "@lectern/shared/errors";
import type { Handler } from "./executor.ts";

/** The other end of `workerExecutor`: makes a handler from the thread's setup and answers jobs with it. */
export async function serveJobs<Setup, Job, Result>(
  make: (setup: Setup) => Promise<Handler<Job, Result>>,
): Promise<void> {
  const port = parentPort!;
  const fail = (error: unknown) =>
    port.postMessage({
      error: {
        message: error instanceof Error ? error.message : String(error),
        ...(isLecternError(error) && { code: error.code, remedy: error.remedy }),
      },
    });
  try {
    const handle = await make(workerData as Setup);
    port.on("message", async (job: Job) => {
      try {
        port.postMessage({ result: await handle(job) });
      } catch (error) {
        fail(error);
      }
    });
    port.postMessage({ ready: true });
  } catch (error) {
    fail(error);
  }
}
