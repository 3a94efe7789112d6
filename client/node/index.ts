export { folderCache } from "./folder-cache.ts";
