import { takeLesson } from "./take-lesson.js";

const api = new URLSearchParams(location.search).get("api");
document.body.textContent = JSON.stringify(await takeLesson(api, "/wasm/"));
