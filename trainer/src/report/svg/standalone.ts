import { style } from "../style.ts";
import type { Markup } from "./element.ts";

/** A picture as a file of its own: it brings the report's style sheet and its paper along. */
export function standalonePicture(chart: Markup): string {
  const start = chart.indexOf(">") + 1;
  const paper = '<rect width="100%" height="100%" fill="var(--card)"/>';
  return `${chart.slice(0, start)}<style>${style}</style>${paper}${chart.slice(start)}\n`;
}
