import { element, join, text, type Markup } from "./svg/index.ts";

export interface DataTableOptions {
  readonly caption: string;
  readonly headings: readonly string[];
  /** Cells of text; the first heads its row. */
  readonly rows: readonly (readonly string[])[];
  /** CSS class of each row, if it is set off. */
  readonly marks?: readonly string[];
  /** Columns of words stand left, those of numbers right. The first is always words. */
  readonly words?: readonly number[];
}

export function dataTable({ caption, headings, rows, marks = [], words = [] }: DataTableOptions): Markup {
  const look = (column: number): string | undefined =>
    column === 0 || words.includes(column) ? "words" : undefined;
  const head = headings.map((heading, i) => element("th", { scope: "col", class: look(i) }, text(heading)));
  const body = rows.map((cells, r) =>
    element(
      "tr",
      { class: marks[r] && marks[r] !== "none" ? marks[r] : undefined },
      ...cells.map((cell, i) =>
        i === 0
          ? element("th", { scope: "row", class: "words" }, text(cell))
          : element("td", { class: look(i) && (cell.length > 40 ? "words wrap" : "words") }, text(cell)),
      ),
    ),
  );
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      {},
      element("caption", {}, text(caption)),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...body),
    ),
  );
}

/** A table that waits to be asked for: the numbers behind a plot. */
export const folded = (summary: string, options: DataTableOptions): Markup =>
  element("details", {}, element("summary", {}, text(summary)), dataTable(options));

export const figure = (caption: string, ...content: readonly Markup[]): Markup =>
  element("figure", {}, join(...content), element("figcaption", {}, text(caption)));

export const card = (...content: readonly Markup[]): Markup => element("div", { class: "card" }, ...content);

export const section = (title: string, ...content: readonly Markup[]): Markup =>
  element("section", {}, element("h2", {}, text(title)), ...content);

export const paragraph = (words: string, look?: string): Markup => element("p", { class: look }, text(words));
