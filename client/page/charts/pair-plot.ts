import { percent, svg } from "../dom.ts";
import { createPicture } from "./frame.ts";
import { extent, linearScale } from "./scale.ts";

export interface Pair {
  readonly label: string;
  readonly teacher: number;
  readonly fixed: number;
}

const rowHeight = 34;
const margins = { left: 86, right: 24, top: 12, bottom: 40 };

/** Paired errors, a row each: a filled dot for the teacher's student, a ring for the fixed loss's, joined by a line. */
export function drawPairPlot(container: Element, pairs: readonly Pair[], summary: string): void {
  const height = margins.top + margins.bottom + rowHeight * pairs.length;
  const [low, high] = extent(pairs.flatMap(({ teacher, fixed }) => [teacher, fixed]));
  const room = Math.max(0.005, (high - low) * 0.1);
  createPicture(container, height, (width) => {
    const bottom = height - margins.bottom;
    const x = linearScale(
      [Math.max(0, low - room), high + room],
      [margins.left, width - margins.right],
      Math.max(2, Math.floor(width / 110)),
    );
    return [
      ...x.ticks.flatMap((tick) => [
        svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: margins.top, y2: bottom }),
        svg("text", { class: "tick", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, [percent(tick)]),
      ]),
      svg("text", { class: "tick", x: width - margins.right, y: bottom + 32, "text-anchor": "end" }, [
        "test error",
      ]),
      ...pairs.flatMap(({ label, teacher, fixed }, i) => {
        const y = margins.top + rowHeight * (i + 0.5);
        return [
          svg("text", { class: "tick", x: 2, y: y + 4 }, [label]),
          svg("line", { class: "join", x1: x(teacher), x2: x(fixed), y1: y, y2: y }),
          svg("circle", { class: "ring fixed", cx: x(fixed), cy: y, r: 6 }),
          svg("circle", { class: "dot teacher", cx: x(teacher), cy: y, r: 6 }),
        ];
      }),
    ];
  }).draw(summary);
}
