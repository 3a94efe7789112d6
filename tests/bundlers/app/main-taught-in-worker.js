import "@tensorflow/tfjs-backend-cpu";
import { teachInWorker } from "@lectern/client/worker";
import { buildStudent, drawData, seed, steps, summarize, teacherName } from "./lesson.js";

const url = new URLSearchParams(location.search).get("api");
const worker = new Worker(new URL("./lesson-worker.js", import.meta.url), { type: "module" });
const model = buildStudent();
let used;
const { result } = teachInWorker(worker, model, {
  ...drawData(),
  teacher: { url, spec: teacherName },
  steps,
  seed,
  onBackend: ({ backend }) => (used = backend),
});
document.body.textContent = JSON.stringify(await summarize(await result, model, used));
