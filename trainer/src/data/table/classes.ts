import { LecternError } from "@lectern/shared/errors";
import type { TableSource } from "./table-source.ts";

const mostClasses = 4096;

/** A table's classes, learned from its training rows. */
export interface TableClasses {
  add(label: string): void;
  /** In order: numbers ascending, words by their letters. */
  names(): readonly string[];
  /** A label's class. @throws LecternError `invalid-data` for one that training doesn't have */
  numberOf(label: string, where: string): number;
}

/** @throws LecternError `invalid-data` for labels that aren't known, too many, or no numbers where bins are asked for */
export function collectClasses(
  { bins, labelEnd = "" }: Pick<TableSource, "bins" | "labelEnd">,
  missing: (cell: string) => boolean,
): TableClasses {
  const seen = new Set<string>();
  const clean = (label: string): string =>
    labelEnd !== "" && label.endsWith(labelEnd) ? label.slice(0, -labelEnd.length) : label;
  let order: readonly string[] | undefined;
  const names = (): readonly string[] =>
    (order ??= bins ? namesOfBins(bins) : [...seen].toSorted(byNumber(seen)));
  return {
    add(label) {
      const name = clean(label);
      if (missing(name)) throw refuse("A row has no label", "Remove it, or name the label's column.");
      if (bins) void binOf(name, bins);
      else seen.add(name);
      if (seen.size > mostClasses)
        throw refuse(`The label has more than ${mostClasses} different values`, "Name its column, or bins.");
    },
    names,
    numberOf(label, where) {
      const name = clean(label);
      const number = bins ? binOf(name, bins) : names().indexOf(name);
      if (number >= 0) return number;
      throw refuse(
        `${where} has the label ${JSON.stringify(name)}, which training doesn't have (${names().slice(0, 12).join(", ")})`,
        "Correct the row, or leave it out.",
      );
    },
  };
}

function binOf(label: string, bins: readonly number[]): number {
  const value = Number(label);
  if (label === "" || !Number.isFinite(value))
    throw refuse(`The label ${JSON.stringify(label)} isn't a number`, "Leave bins out, or correct the row.");
  const bin = bins.findIndex((bound) => value <= bound);
  return bin < 0 ? bins.length : bin;
}

const namesOfBins = (bins: readonly number[]): string[] => [
  ...bins.map((bound, i) => (i === 0 ? `at most ${bound}` : `above ${bins[i - 1]!} to ${bound}`)),
  `above ${bins.at(-1)!}`,
];

function byNumber(labels: ReadonlySet<string>): (a: string, b: string) => number {
  const numeric = [...labels].every((label) => Number.isFinite(Number(label)));
  return (a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1);
}

const refuse = (problem: string, remedy: string): LecternError =>
  new LecternError("invalid-data", `${problem}.`, remedy);
