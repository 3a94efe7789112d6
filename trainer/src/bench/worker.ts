import { openBackend } from "../backend/select.ts";
import { serveJobs } from "../jobs/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { runCase, type CaseOptions } from "./run-case.ts";

await serveJobs(async ({ backend }: { backend: string }) => {
  const opened = await openBackend(backend);
  installOverlay();
  return (options: CaseOptions) => runCase(opened, options);
});
