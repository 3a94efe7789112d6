import { takeLesson } from "./take-lesson.js";

addEventListener("message", async ({ data: api }) => {
  postMessage(await takeLesson(api, "/wasm/"));
});
