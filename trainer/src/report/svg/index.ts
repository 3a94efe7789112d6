export { dotChart } from "./dot-chart.ts";
export type { DotRow } from "./dot-chart.ts";
export { element, join, text } from "./element.ts";
export type { Markup } from "./element.ts";
export { heatMap } from "./heat-map.ts";
export { legend, lineChart } from "./line-chart.ts";
export type { Line } from "./line-chart.ts";
export { formatTick } from "./scale.ts";
export { standalonePicture } from "./standalone.ts";
