type Attributes = Readonly<Record<string, string | number | boolean>>;
type Children = readonly (Node | string)[];

/** An HTML element. Attributes that are `false` are left out, `true` ones are empty. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  children: Children = [],
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  children: Children = [],
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Children): E {
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  element.append(...children);
  return element;
}

/** The element that index.html promises under this id. */
export function byId<E extends Element = HTMLElement>(id: string): E {
  const element = document.querySelector<E>(`#${id}`);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element;
}

/** A table with a caption, a head and rows; numbers stand at the right. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const cell = (tag: "th" | "td", content: Node | string, attributes: Attributes = {}) =>
    html(tag, attributes, [content]);
  return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, [
    html("table", {}, [
      html("caption", {}, [caption]),
      html("thead", {}, [
        html(
          "tr",
          {},
          head.map((name) => cell("th", name, { scope: "col" })),
        ),
      ]),
      html(
        "tbody",
        {},
        rows.map(([first = "", ...rest]) =>
          html("tr", {}, [
            cell("th", first, { scope: "row" }),
            ...rest.map((content) => cell("td", content)),
          ]),
        ),
      ),
    ]),
  ]);
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
