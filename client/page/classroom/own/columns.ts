import { byId, html } from "../../dom.ts";
import { guessLabel, type Table } from "./read-table.ts";

/** More columns than these get no box each. */
const mostBoxes = 60;

/** Offers a table's columns: one for the label, boxes for those to learn from. */
export function showColumns(table: Table): void {
  const label = byId<HTMLSelectElement>("label");
  const guess = guessLabel(table);
  label.replaceChildren(...table.columns.map(({ name }) => html("option", { value: name }, [name])));
  label.value = guess;
  const [numeric, text] = [
    table.columns.filter((column) => column.numeric),
    table.columns.filter((column) => !column.numeric && column.name !== guess),
  ];
  const many = table.columns.length > mostBoxes;
  byId("features").replaceChildren(
    ...(many
      ? [html("p", {}, [`All ${numeric.length} columns of numbers but the label.`])]
      : numeric.map(({ name }) => {
          const box = html("input", { type: "checkbox", value: name, checked: true });
          return html("label", { class: "box" }, [box, name]);
        })),
    ...(text.length > 0
      ? [
          html("p", { class: "aside" }, [
            `Left out, being text: ${text
              .slice(0, 12)
              .map(({ name }) => name)
              .join(", ")}.`,
          ]),
        ]
      : []),
  );
}

/** What is chosen of a table's columns; all of numbers where there are too many for boxes. */
export function chosenColumns({ columns }: Table): { label: string; features?: readonly string[] } {
  const label = byId<HTMLSelectElement>("label").value;
  const boxes = byId("features");
  for (const box of boxes.querySelectorAll("label")) box.hidden = box.textContent === label;
  const checked = [...boxes.querySelectorAll<HTMLInputElement>("input:checked")];
  return { label, ...(columns.length <= mostBoxes && { features: checked.map(({ value }) => value) }) };
}
