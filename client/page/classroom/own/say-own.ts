import { distinct } from "./fit-classes.ts";
import type { OwnData } from "./own-data.ts";
import type { Fitting } from "./teachers-for.ts";

/** What a user's data are, in a sentence. */
export function describe({ kind, source, labels, shape, columns }: OwnData): string {
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

/**
 * Which teachers can teach some data.
 *
 * @param chosen the one that is chosen now
 */
export function sayFit(chosen: Fitting | undefined, all: readonly Fitting[]): string {
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
