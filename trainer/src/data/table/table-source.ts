import { z } from "zod";

/** A table in CSV files, and what is asked of its rows: what a `.table.json` holds, paths from its own folder. */
export const tableSource = z.strictObject({
  /** CSV files, gzipped or not, one behind the other. */
  train: z.array(z.string().min(1)).min(1),
  /** With the same columns; left out: test examples are held out of train. */
  test: z.array(z.string().min(1)).optional(),
  /** Whether the first line names the columns; left out: it does if it has no number and the second line has one. */
  header: z.boolean().optional(),
  /** The column of the class, by name or number from 0; left out: `class`, `label`, `target` or `y`, else the last. */
  label: z.union([z.string(), z.int().min(0)]).optional(),
  /** Columns that students don't see. */
  drop: z.array(z.union([z.string(), z.int().min(0)])).default([]),
  /** How a value that isn't known is written; an empty cell is one anyway. */
  missing: z.array(z.string()).default(["?", "NA", "NaN"]),
  /** Numbers as labels become classes: up to the first bound, up to the second …, above the last. */
  bins: z.array(z.number()).min(1).optional(),
  /** Labels without this at their end. */
  labelEnd: z.string().optional(),
  /** All columns are numbers that are divided by this, and an example has this shape: pictures in a table. */
  image: z.strictObject({ shape: z.array(z.int().min(1)).min(1), divisor: z.number().positive() }).optional(),
});
export type TableSource = z.infer<typeof tableSource>;

const table = (source: z.input<typeof tableSource>): TableSource => tableSource.parse(source);

/** Tables of the UCI repository by name, as jbrownlee/Datasets has them: without header, the class last. */
export const knownTables = {
  optdigits: table({
    train: ["optdigits.tra"],
    test: ["optdigits.tes"],
    header: false,
    image: { shape: [8, 8, 1], divisor: 16 },
  }),
  adult: table({ train: ["adult-train.csv"], test: ["adult-test.csv"], header: false, labelEnd: "." }),
  /** Rings, which tell the age, in three classes: up to 8, 9 and 10, more. */
  abalone: table({ train: ["abalone.csv"], header: false, bins: [8, 10] }),
  banknote: table({ train: ["banknote_authentication.csv"], header: false }),
  ionosphere: table({ train: ["ionosphere.csv"], header: false }),
  iris: table({ train: ["iris.csv"], header: false }),
  sonar: table({ train: ["sonar.csv"], header: false }),
  /** The class is the first column of UCI's file, and the last of this one. */
  wine: table({ train: ["wine.csv"], header: false }),
  /** White wines' grades in three classes: up to 5, 6, better. */
  "wine-quality": table({ train: ["winequality-white.csv"], header: false, bins: [5, 6] }),
} as const;
export type TableName = keyof typeof knownTables;

export const isTableName = (name: string): name is TableName => Object.hasOwn(knownTables, name);
