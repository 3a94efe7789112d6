export { folderCache, folderPins } from "./folder-cache.ts";
