import { existsSync, writeFileSync } from "node:fs";
import { LecternError } from "@lectern/shared/errors";
import { serveJobs } from "./serve.ts";

/** Squares numbers; what else a job says, it does. A crash leaves a mark, so that it may happen once or always. */
export interface CrashingJob {
  readonly value: number;
  readonly crash?: { readonly mark: string; readonly always: boolean };
  readonly refuse?: boolean;
}

await serveJobs<undefined, CrashingJob, number>(() =>
  Promise.resolve(({ value, crash, refuse }) => {
    if (refuse) throw new LecternError("invalid-data", "The value is refused.", "Choose another.");
    if (crash && (crash.always || !existsSync(crash.mark))) {
      writeFileSync(crash.mark, "");
      process.exit(7);
    }
    return Promise.resolve(value * value);
  }),
);
