export { generateGlyphs } from "./generate-glyphs.ts";
export type { GlyphOptions, Glyphs } from "./generate-glyphs.ts";
