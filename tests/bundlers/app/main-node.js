import { takeLesson } from "./lesson.js";

process.stdout.write(JSON.stringify(await takeLesson(process.argv[2])));
