export { folderCache, folderPins } from "./folder-cache.ts";
export { fileStore } from "./lesson-file.ts";
