import { fileURLToPath } from "node:url";
import { checkGolden, optimizerOf, readGoldens } from "../../trainer/src/golden/index.ts";
import { estimatorOf } from "../../trainer/src/hypergradient/index.ts";

/** dθ of an estimator against a float64 golden, all of θ as one vector. */
export interface BiasRow {
  readonly estimator: string;
  readonly golden: string;
  readonly steps: number;
  /** Null where the estimator can't take the optimizer, or gave no dθ. */
  readonly cosine: number | null;
  readonly error: number | null;
}

/** Approximations beside exact ones; `pes` with few pairs as it is run, and with many to tell its bias from its noise. */
export const compared = [
  "store",
  "checkpoint",
  "reversible",
  "central-difference",
  "truncated:6",
  "truncated:3",
  "pes:8",
  "pes:256",
] as const;

export async function measureBias(onRow: (row: BiasRow) => void): Promise<BiasRow[]> {
  const rows: BiasRow[] = [];
  for (const file of ["hypergradient-goldens.json", "hypergradient-goldens-other.json"]) {
    const path = fileURLToPath(new URL(`../../trainer/fixtures/${file}`, import.meta.url));
    for (const golden of await readGoldens(path))
      for (const name of compared) {
        const estimator = estimatorOf(name);
        const able = !estimator.objection(optimizerOf(golden));
        const bias = able ? (await checkGolden(golden, estimator)).bias : { cosine: NaN, error: NaN };
        const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
        const row = {
          estimator: name,
          golden: golden.name,
          steps: golden.batches.length,
          cosine: finite(bias.cosine),
          error: finite(bias.error),
        };
        rows.push(row);
        onRow(row);
      }
  }
  return rows;
}
