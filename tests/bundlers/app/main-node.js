import { takeLesson } from "./take-lesson.js";

process.stdout.write(JSON.stringify(await takeLesson(process.argv[2])));
