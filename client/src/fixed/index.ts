export { teachFixed } from "./teach-fixed.ts";
export type { TeachFixedOptions } from "./teach-fixed.ts";
