import type { Manifest } from "@lectern/shared/schema";
import type { Choice } from "./choice.ts";
import { subsetOf } from "./subset-of.ts";
import { drawGlyphLesson, glyphClasses } from "./glyph-data.ts";
import type { LessonData } from "./lesson-data.ts";
import { drawn } from "./verdict.ts";
import { splitOwnData, type OwnData, type Scaling } from "./own/own-data.ts";

/** The data of pair after pair, by their seeds. */
export interface PairSource {
  draw(seed: number): LessonData & { readonly scaling?: Scaling };
  /** What students are tested on, in words. */
  readonly what: string;
  readonly columns?: readonly string[];
}

/**
 * Where a lesson's data come from: drawn, or cut anew from the user's own for each seed.
 *
 * @throws LecternError `unsupported` for a teacher that knows neither digits nor shapes
 */
export function openSource(manifest: Manifest, { task }: Pick<Choice, "task">, own?: OwnData): PairSource {
  if (task.kind === "own")
    return {
      draw: (seed) =>
        splitOwnData(own!, {
          seed,
          classes: manifest.classes,
          // A teacher of any classes was opened for these.
          match: task.match === "any" ? "names" : task.match,
        }),
      what: own!.kind === "images" ? "test images" : "test rows",
      ...(own!.columns.length > 0 && { columns: own!.columns }),
    };
  const classes = glyphClasses(manifest);
  const examples = task.examples ?? subsetOf(manifest);
  return { draw: (seed) => drawGlyphLesson({ ...task, examples, seed, classes }), what: drawn };
}
