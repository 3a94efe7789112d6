import type { Manifest } from "@lectern/shared/schema";

/** Training examples of a student where a manifest doesn't tell. */
const usual = 1000;

/** How many examples a teacher's students learned from, as its manifest tells it. */
export function subsetOf({ provenance }: Pick<Manifest, "provenance">): number {
  const { subset } = provenance.dataset;
  return typeof subset === "number" && subset >= 1 && subset <= 20_000 ? subset : usual;
}
