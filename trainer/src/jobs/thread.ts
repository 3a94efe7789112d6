import { Worker } from "node:worker_threads";
import { LecternError } from "@lectern/shared/errors";

export type Reply<Result> =
  | { readonly ready: true }
  | { readonly result: Result }
  | { readonly error: { message: string; code?: string; remedy?: string } };

/** The thread itself ended: out of memory, a crash of native code. Its job is a pure function, and may be tried again. */
export class ThreadEnded extends Error {
  override readonly name = "ThreadEnded";
}

/** A worker thread that answers one job at a time. */
export interface Thread<Job, Result> {
  /** @throws ThreadEnded if the thread is gone; what the handler threw, with its code and remedy */
  run(job: Job): Promise<Result>;
  close(): Promise<void>;
}

/** Starts a thread whose module calls `serveJobs`, and waits until it is ready. */
export async function startThread<Setup, Job, Result>(
  entry: URL,
  setup: Setup,
): Promise<Thread<Job, Result>> {
  const worker = new Worker(entry, { workerData: setup });
  const close = async () => void (await worker.terminate());
  let ended: string | undefined;
  worker.once("exit", (code) => (ended = `exit code ${code}`));
  try {
    await nextReply<Result>(worker);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async run(job) {
      if (ended !== undefined) throw new ThreadEnded(ended);
      const reply = nextReply<Result>(worker);
      worker.postMessage(job);
      const answer = await reply;
      if ("result" in answer) return answer.result;
      throw new Error("A worker thread answered a job out of turn.");
    },
    close,
  };
}

function nextReply<Result>(worker: Worker): Promise<Exclude<Reply<Result>, { error: unknown }>> {
  return new Promise((resolve, reject) => {
    const off = () => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
    };
    const onMessage = (reply: Reply<Result>) => {
      off();
      if ("error" in reply) reject(revive(reply.error));
      else resolve(reply);
    };
    const onError = (error: Error) => {
      off();
      reject(new ThreadEnded(error.message, { cause: error }));
    };
    const onExit = (code: number) => {
      off();
      reject(new ThreadEnded(`exit code ${code}`));
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
  });
}

/** A LecternError keeps its code and remedy across threads. */
function revive({ message, code, remedy }: { message: string; code?: string; remedy?: string }): Error {
  if (code === undefined || remedy === undefined) return new Error(message);
  const problem = message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message;
  return new LecternError(code as LecternError["code"], problem, remedy);
}
