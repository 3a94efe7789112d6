import { element, join, text, type Markup } from "./element.ts";
import { formatTick, type Scale } from "./scale.ts";

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Grid lines, tick labels and names of both axes. */
export function axes(
  frame: Frame,
  { x, y, xName, yName }: { x: Scale; y?: Scale; xName?: string; yName?: string },
): Markup {
  const { left, top, right, bottom } = frame;
  const vertical = x
    .ticks()
    .map((tick) =>
      join(
        element("line", { class: "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom }),
        label(formatTick(tick, 6), { x: x(tick), y: bottom + 15, "text-anchor": "middle", class: "tick" }),
      ),
    );
  const horizontal = (y?.ticks() ?? []).map((tick) =>
    join(
      element("line", { class: "grid", x1: left, x2: right, y1: y!(tick), y2: y!(tick) }),
      label(formatTick(tick, 6), { x: left - 6, y: y!(tick) + 4, "text-anchor": "end", class: "tick" }),
    ),
  );
  return join(
    ...vertical,
    ...horizontal,
    element("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    ...(xName
      ? [label(xName, { x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle", class: "name" })]
      : []),
    ...(yName ? [label(yName, { x: left - 36, y: top - 10, class: "name" })] : []),
  );
}

export const label = (words: string, attributes: Record<string, string | number>): Markup =>
  element("text", attributes, text(words));
