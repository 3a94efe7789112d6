import type { Release } from "@lectern/shared/schema";
import { LecternError } from "@lectern/shared/errors";
import { byId, html } from "../../dom.ts";
import { codeOf, explain } from "../../explain.ts";
import { chosenFiles, droppedFiles } from "./dropped-files.ts";
import type { OwnTask } from "../choice.ts";
import { distinct } from "./fit-classes.ts";
import type { OwnData } from "./own-data.ts";
import type { FoundFile } from "./read-images.ts";
import type { Table } from "./read-table.ts";
import { guessLabel, tableExamples } from "./read-table.ts";
import { teachersFor, type Fitting } from "./teachers-for.ts";

/** What a lesson gets of the panel. */
export interface ReadyData {
  readonly data: OwnData;
  readonly match: OwnTask["match"];
  readonly label?: string;
}

export interface OwnPanel {
  data(): OwnData | undefined;
  /** The data, if the chosen teacher can teach them; else undefined, and the page says why. */
  ready(): ReadyData | undefined;
  /** Looks again at what is chosen elsewhere. */
  follow(): void;
  setTeachers(teachers: readonly Release[]): void;
}

export interface OwnPanelOptions {
  chosenTeacher(): string;
  /** Files were dropped somewhere on the page. */
  onDropped(): void;
  onChange(): void;
}

const isTable = ({ path, file }: FoundFile): boolean =>
  /\.(csv|tsv|tab|txt|data)$/i.test(path) || /^text\/(csv|tab)/.test(file.type);

/** The part of the form that takes a table or images; they stay in this page. */
export function openOwnPanel({ chosenTeacher, onDropped, onChange }: OwnPanelOptions): OwnPanel {
  let teachers: readonly Release[] = [];
  let table: Table | undefined;
  let images: readonly FoundFile[] | undefined;
  let data: OwnData | undefined;
  let fitting: readonly Fitting[] | undefined;
  let reading = 0;
  let unfit: string | undefined;
  const [said, refusal, match] = [byId("own-said"), byId("own-refusal"), byId<HTMLInputElement>("match")];
  const [label, side, colour] = [
    byId<HTMLSelectElement>("label"),
    byId<HTMLSelectElement>("side"),
    byId<HTMLInputElement>("colour"),
  ];
  const refuse = (error: unknown, addition = "") => {
    refusal.dataset["code"] = codeOf(error) ?? "unexpected";
    refusal.textContent = `${explain(error)}${addition}`;
  };
  /** Asks which teachers know the data's classes. */
  const compare = async () => {
    const [asked, of] = [data, teachers];
    fitting = undefined;
    onChange();
    if (!asked) return;
    const found = await teachersFor(asked, of);
    if (data !== asked || teachers !== of) return;
    fitting = found;
    onChange();
  };
  const accept = (next: OwnData) => {
    data = next;
    refusal.textContent = "";
    said.textContent = describe(next);
    void compare();
  };
  const chooseColumns = () => {
    for (const box of byId("features").querySelectorAll("label"))
      box.hidden = box.textContent === label.value;
    const features = [...byId("features").querySelectorAll<HTMLInputElement>("input:checked")].map(
      ({ value }) => value,
    );
    try {
      accept(
        tableExamples(table!, {
          label: label.value,
          ...(table!.columns.length <= mostBoxes && { features }),
        }),
      );
    } catch (error) {
      data = undefined;
      said.textContent = `${table!.source}: ${table!.rows.length.toLocaleString("en")} rows.`;
      refuse(error);
      onChange();
    }
  };
  const decode = async (found: readonly FoundFile[]) => {
    const { readImages } = await import("./read-images.ts");
    return readImages(found, {
      side: Number(side.value),
      colour: colour.checked,
      onProgress: (done, all) => (said.textContent = `Reading images: ${done} of ${all}…`),
    });
  };
  /** Runs a reading; what was there before stays if it is refused. */
  const read = async (work: () => Promise<() => void>) => {
    const mine = ++reading;
    const before = said.textContent;
    refusal.textContent = "";
    said.textContent = "Reading…";
    try {
      const take = await work();
      if (mine === reading) take();
    } catch (error) {
      if (mine !== reading) return;
      said.textContent = before;
      refuse(error, data ? ` Your data of ${data.source} are still here.` : "");
    }
  };
  const receive = (found: readonly FoundFile[]) => {
    if (found.length === 0) return;
    const tables = found.filter(isTable);
    void read(async () => {
      if (tables.length > 1 && tables.length === found.length)
        throw new LecternError(
          "invalid-data",
          `${tables.length} tables came at once, expected one.`,
          "Drop one.",
        );
      if (tables.length === 1 && found.length === 1) {
        const { readCsv } = await import("./read-csv.ts");
        const next = await readCsv(tables[0]!.file, (share) => {
          said.textContent = `Reading ${tables[0]!.path}: ${Math.round(100 * share)} %…`;
        });
        return () => {
          [table, images] = [next, undefined];
          showColumns(next, label);
          show("table");
          chooseColumns();
        };
      }
      const next = await decode(found);
      return () => {
        [table, images] = [undefined, found];
        show("images");
        accept(next);
      };
    });
  };
  for (const id of ["csv-file", "image-folder", "image-files"]) {
    const input = byId<HTMLInputElement>(id);
    // The same file may be chosen again, mended.
    input.addEventListener("click", () => (input.value = ""));
    input.addEventListener("change", () => receive(chosenFiles(input.files ?? [])));
  }
  acceptDrops((found) => {
    if (byId<HTMLFieldSetElement>("task").disabled) return;
    onDropped();
    receive(found);
  });
  byId("table-choice").addEventListener("change", chooseColumns);
  byId("image-choice").addEventListener("change", () => {
    const again = images;
    if (again)
      void read(async () => {
        const next = await decode(again);
        return () => accept(next);
      });
  });
  match.addEventListener("change", onChange);
  const chosen = () => fitting?.find(({ spec }) => spec === chosenTeacher());
  return {
    data: () => data,
    setTeachers(next) {
      teachers = next;
      void compare();
    },
    follow() {
      const one = chosen();
      // What was refused for one teacher needn't be for another.
      if (unfit !== undefined && unfit !== chosenTeacher()) [unfit, refusal.textContent] = [undefined, ""];
      byId("match-field").hidden = one?.how !== "order";
      byId("own-fit").textContent = data && fitting ? sayFit(one, fitting) : "";
    },
    ready() {
      const one = chosen();
      const why = !data
        ? "There are no data yet, or they can't be used. Drop a CSV file or a folder of images, or choose one."
        : !one?.how
          ? (one?.problem ?? "The teachers' classes are still being asked for. Try again in a moment.")
          : one.how === "order" && !match.checked
            ? `${one.problem}`
            : undefined;
      if (why === undefined)
        return {
          data: data!,
          match: one!.how === "order" || one!.how === "any" ? one!.how : "names",
          ...(table && { label: label.value }),
        };
      if (refusal.textContent === "" || data) {
        refusal.dataset["code"] = "invalid-data";
        refusal.textContent = why;
        unfit = chosenTeacher();
      }
      refusal.scrollIntoView({ block: "nearest" });
      return undefined;
    },
  };
}

/** More columns than these get no box each. */
const mostBoxes = 60;

function show(kind: OwnData["kind"]): void {
  byId("table-choice").hidden = kind !== "table";
  byId("image-choice").hidden = kind !== "images";
}

function showColumns(table: Table, label: HTMLSelectElement): void {
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

function describe({ kind, source, labels, shape, columns }: OwnData): string {
  const counts = new Map<string, number>();
  for (const name of labels) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = distinct(counts.keys());
  const classes = names.slice(0, 12).map((name) => `${name} (${counts.get(name)!.toLocaleString("en")})`);
  const what =
    kind === "table"
      ? `${labels.length.toLocaleString("en")} rows, ${columns.length} ${columns.length === 1 ? "column" : "columns"} to learn from`
      : `${labels.length.toLocaleString("en")} images, ${shape[0]} × ${shape[1]} pixels ${shape[2] === 3 ? "in colour" : "of grey"}`;
  return `${source}: ${what}. ${names.length} classes: ${classes.join(", ")}${names.length > 12 ? ", …" : ""}.`;
}

function sayFit(chosen: Fitting | undefined, all: readonly Fitting[]): string {
  const those = (...ways: Fitting["how"][]) =>
    all.filter(({ how }) => ways.includes(how)).map(({ spec }) => spec);
  const [own, any] = [those("names", "numbers"), those("any")];
  const others = [
    own.length > 0
      ? `Teachers of these classes: ${own.join(", ")}.`
      : "No teacher here was made for these classes.",
    ...(any.length > 0 ? [`Of any classes: ${any.join(", ")}.`] : []),
  ].join(" ");
  if (!chosen) return others;
  if (chosen.how === "names") return `${chosen.spec} knows these classes by name.`;
  if (chosen.how === "numbers") return `Your labels are taken as numbers of ${chosen.spec}'s classes.`;
  if (chosen.how === "any") return `${chosen.spec} teaches any classes, these among them.`;
  return `${chosen.problem} ${others}`;
}

/** Files may be dropped anywhere on the page: none should make the browser leave it. */
function acceptDrops(take: (found: readonly FoundFile[]) => void): void {
  const zone = byId("drop");
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    void droppedFiles(event.dataTransfer!).then(take);
  });
}
