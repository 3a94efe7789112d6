import { takeLesson } from "./lesson.js";

addEventListener("message", async ({ data: api }) => {
  postMessage(await takeLesson(api, "/wasm/"));
});
