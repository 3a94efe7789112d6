import { LecternError } from "@lectern/shared/errors";

export interface ClassList {
  readonly count: number;
  readonly names: readonly string[];
}

/** How a user's labels become a teacher's classes: by their names, or in alphabetical order. */
export type Matching = "names" | "order";

export interface Fit {
  /** A teacher's class for each label. */
  readonly classOf: ReadonlyMap<string, number>;
  readonly how: "names" | "numbers" | "order";
}

/** Labels, each once, "9" before "10". */
export const distinct = (labels: Iterable<string>): string[] =>
  [...new Set(labels)].toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

/**
 * Labels as classes of a teacher: by name (big and small letters alike), by number where all are whole numbers below
 * the count, or, if so asked, in alphabetical order.
 *
 * @throws LecternError `invalid-data`: labels that the teacher doesn't know
 */
export function fitClasses(labels: readonly string[], classes: ClassList, match: Matching = "names"): Fit {
  const names = distinct(labels);
  const known = new Map(classes.names.map((name, k) => [name.toLowerCase(), k]));
  const byName = (name: string) => known.get(name.toLowerCase());
  if (names.every((name) => byName(name) !== undefined))
    return { classOf: new Map(names.map((name) => [name, byName(name)!])), how: "names" };
  if (names.every((name) => /^\d+$/.test(name) && Number(name) < classes.count))
    return { classOf: new Map(names.map((name) => [name, Number(name)])), how: "numbers" };
  if (match === "order" && names.length === classes.count)
    return { classOf: new Map(names.map((name, k) => [name, k])), how: "order" };
  const stranger = names.find((name) => byName(name) === undefined)!;
  throw new LecternError(
    "invalid-data",
    `The labels have ${names.length} classes (${short(names)}), and the teacher knows ${classes.count} (${short(classes.names)}): “${stranger}” isn't one of them.`,
    names.length === classes.count
      ? "Choose a teacher of these classes, or let them be matched in alphabetical order."
      : "Choose a teacher of these classes, or another label column.",
  );
}

const short = (names: readonly string[]): string =>
  names.length > 6 ? `${names.slice(0, 6).join(", ")}, …` : names.join(", ");
