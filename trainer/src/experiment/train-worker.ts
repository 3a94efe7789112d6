import { serveJobs } from "../jobs/index.ts";
import { trainRun, type TrainRunSetup } from "./train-run.ts";

// The entry of a worker thread: see `openTrainThread`. Its one job is the run.
await serveJobs((setup: TrainRunSetup) => Promise.resolve(() => trainRun(setup)));
