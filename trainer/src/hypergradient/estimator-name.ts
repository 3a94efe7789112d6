import { LecternError } from "@lectern/shared/errors";
import type { Recipe } from "@lectern/shared/schema";
import { centralDifferences } from "./central-differences.ts";
import { createCheckpoint } from "./checkpoint.ts";
import type { Estimator } from "./estimator.ts";
import { createPes } from "./pes.ts";
import { createReversible } from "./reversible.ts";
import { createStore } from "./store.ts";
import { createTruncated } from "./truncated.ts";

/** How estimators are written on the command line, in a run's config and in a manifest. */
export const estimatorForms: readonly string[] = [
  "store",
  "checkpoint",
  "checkpoint:PLACES",
  "reversible",
  "truncated:K",
  "central-difference",
  "pes",
  "pes:PAIRS",
  "pes:PAIRS:K",
];

const pattern = /^([a-z-]+?)((?::\d+)*)(\+central-difference)?$/;

/**
 * An estimator by name. Those that go backwards take `+central-difference`: products with the Hessian from two gradients
 * in place of a double backward; `central-difference` alone is `store+central-difference`.
 *
 * @throws LecternError `invalid-argument` with the forms that there are
 * @example
 * ```ts
 * const { estimate } = estimatorOf("checkpoint");
 * ```
 */
export function estimatorOf(name: string): Estimator {
  const estimator = findEstimator(name);
  if (estimator) return estimator;
  throw new LecternError(
    "invalid-argument",
    `Unknown estimator "${name}".`,
    `Choose one of ${estimatorForms.join(", ")}; those that go backwards also with +central-difference.`,
  );
}

export const isEstimatorName = (name: string): boolean => findEstimator(name) !== undefined;

function findEstimator(name: string): Estimator | undefined {
  const [, kind, numbers, differences] = pattern.exec(name) ?? [];
  const [first, second, ...more] = (numbers ?? "").split(":").slice(1).map(Number);
  const given = [first, second, ...more].filter((n) => n !== undefined);
  const common = { name, ...(differences && { products: centralDifferences() }) };
  const known = given.every((n) => n >= 1) && more.length === 0;
  if (known && kind === "store" && given.length === 0) return createStore(common);
  if (known && kind === "checkpoint" && given.length <= 1)
    return createCheckpoint({ ...common, places: first });
  if (known && kind === "reversible" && given.length === 0) return createReversible(common);
  if (known && kind === "truncated" && given.length === 1)
    return createTruncated({ ...common, steps: first! });
  if (known && kind === "central-difference" && given.length === 0 && !differences)
    return createStore({ name, products: centralDifferences() });
  if (known && kind === "pes" && !differences) return createPes({ name, pairs: first, unroll: second });
  return undefined;
}

/**
 * Refuses a recipe that an estimator can't run, before anything starts.
 * @throws LecternError `unsupported`
 */
export function expectSupport({ name, objection }: Estimator, { optimizer }: Recipe): void {
  const found = objection(optimizer);
  if (found) throw new LecternError("unsupported", `The estimator ${name} ${found.problem}.`, found.remedy);
}
