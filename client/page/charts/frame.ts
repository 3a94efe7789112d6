import { svg } from "../dom.ts";

/** Pixels around the drawing. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** A picture that is drawn anew in its container's true width, so that text keeps its size on a phone. */
export interface Picture {
  /** @param summary what a screen reader says of the picture */
  draw(summary: string): void;
}

/**
 * @param paint gives the drawing's elements for a width in pixels
 */
export function createPicture(
  container: Element,
  height: number,
  paint: (width: number, height: number) => readonly Node[],
): Picture {
  const image = svg("svg", { role: "img", height, "aria-label": "No data yet" });
  container.replaceChildren(image);
  let width = 0;
  const repaint = () => {
    if (width === 0) return;
    image.setAttribute("viewBox", `0 0 ${width} ${height}`);
    image.replaceChildren(...paint(width, height));
  };
  // Of the image, not of its container: then it goes when the image is replaced.
  new ResizeObserver(([entry]) => {
    const wide = Math.floor(entry?.contentRect.width ?? 0);
    if (wide === width) return;
    width = wide;
    repaint();
  }).observe(image);
  return {
    draw(summary) {
      image.setAttribute("aria-label", summary);
      repaint();
    },
  };
}
