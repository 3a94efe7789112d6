import { createGround } from "./ground.ts";
import { createJobRunner } from "./run-job.ts";
import { serveJobs } from "../jobs/index.ts";
import type { EvaluationSetup } from "./setting.ts";

// The entry of a worker thread: see `openEvaluationExecutor`.
await serveJobs(async (setup: EvaluationSetup) => createJobRunner(await createGround(setup)));
