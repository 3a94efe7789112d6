import type { Release } from "@lectern/shared/schema";
import { LecternError } from "@lectern/shared/errors";
import { byId } from "../../dom.ts";
import { codeOf, explain } from "../../explain.ts";
import type { OwnTask } from "../choice.ts";
import { chosenColumns, showColumns } from "./columns.ts";
import { acceptDrops, chosenFiles } from "./dropped-files.ts";
import type { OwnData } from "./own-data.ts";
import type { FoundFile } from "./read-images.ts";
import { tableExamples, type Table } from "./read-table.ts";
import { describe, sayFit } from "./say-own.ts";
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
  /** What is said of the data while nothing is being read. */
  let summary = "";
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
    said.textContent = summary = describe(next);
    void compare();
  };
  const chooseColumns = () => {
    try {
      accept(tableExamples(table!, chosenColumns(table!)));
    } catch (error) {
      data = undefined;
      said.textContent = summary = `${table!.source}: ${table!.rows.length.toLocaleString("en")} rows.`;
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
    refusal.textContent = "";
    said.textContent = "Reading…";
    try {
      const take = await work();
      if (mine === reading) take();
    } catch (error) {
      if (mine !== reading) return;
      said.textContent = summary;
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
          showColumns(next);
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
  const fitNow = () => `${chosenTeacher()} ${match.checked}`;
  const chosen = () => fitting?.find(({ spec }) => spec === chosenTeacher());
  return {
    data: () => data,
    setTeachers(next) {
      teachers = next;
      void compare();
    },
    follow() {
      const one = chosen();
      // What was refused for one teacher, or before labels were matched, needn't be now.
      if (unfit !== undefined && unfit !== fitNow()) [unfit, refusal.textContent] = [undefined, ""];
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
        unfit = fitNow();
      }
      refusal.scrollIntoView({ block: "nearest" });
      return undefined;
    },
  };
}

function show(kind: OwnData["kind"]): void {
  byId("table-choice").hidden = kind !== "table";
  byId("image-choice").hidden = kind !== "images";
}
