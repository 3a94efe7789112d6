import { serveJobs } from "../jobs/index.ts";
import { openTrainHandler } from "./context.ts";

await serveJobs(openTrainHandler);
