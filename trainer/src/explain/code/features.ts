import { demand } from "@lectern/shared/errors";
import type { Feature } from "@lectern/shared/schema";

/** How a language reads a student's state, whose fields are those of `StudentState`. */
export interface StateReader {
  /** A field by its path: ["train", "accuracy"]. */
  readonly field: (path: readonly string[]) => string;
  /** Of dev precision: one class, or a statistic over classes. */
  readonly precision: (of: number | "mean" | "min" | "spread") => string;
}

const fields: Readonly<Record<string, readonly string[]>> = {
  time: ["time"],
  "train-accuracy": ["train", "accuracy"],
  "train-cross-entropy": ["train", "crossEntropy"],
  "train-confidence": ["train", "confidence"],
  "train-confidence-spread": ["train", "confidenceSpread"],
  "dev-accuracy": ["dev", "accuracy"],
};

/** A feature as an expression of the state: (raw − offset)·scale. */
export function printFeature({ name, offset, scale }: Feature, reader: StateReader): string {
  const raw = printRaw(name, reader);
  const shifted = offset === 0 ? raw : `(${raw} - ${offset})`;
  return scale === 1 ? shifted : `${shifted} * ${scale}`;
}

function printRaw(name: string, reader: StateReader): string {
  if (name === "one") return "1.0";
  const path = fields[name];
  if (path) return reader.field(path);
  const [, statistic] = /^dev-precision-(mean|min|spread)$/.exec(name) ?? [];
  if (statistic) return reader.precision(statistic as "mean" | "min" | "spread");
  const [, index] = /^dev-precision:(\d+)$/.exec(name) ?? [];
  demand(index !== undefined, "unsupported", `The state feature "${name}" can't be written as code`);
  return reader.precision(Number(index));
}
