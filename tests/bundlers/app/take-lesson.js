import { env } from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { connect } from "@lectern/client";
import { selectBackend } from "@lectern/client/backends";
import { buildStudent, drawData, seed, steps, summarize, teacherName } from "./lesson.js";

/**
 * Pulls a teacher from an API, verifies it, and lets it teach thirty steps on Wasm.
 *
 * @param {string} api its address
 * @param {string} [wasmFolder] where the page finds the backend's .wasm files
 */
export async function takeLesson(api, wasmFolder) {
  env().set("PROD", true);
  if (wasmFolder) setWasmPaths(wasmFolder);
  const { backend } = await selectBackend({ order: ["wasm"] });
  const teacher = await connect(api).teacher(teacherName);
  const model = buildStudent();
  return summarize(await teacher.teach(model, { ...drawData(), steps, seed }), model, backend);
}
