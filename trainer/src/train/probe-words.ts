import type { Probe } from "./probe.ts";

/** What a probe found, in a sentence or two, with what to do about it. */
export function describeProbe({ verdict, points, students, growth }: Probe): string {
  const grown = growth === null ? "to infinity" : `${growth.toPrecision(2)} times`;
  if (verdict === "lost")
    return (
      `Metasmoothness: most of ${students.length} students are past the edge of stability (${[...new Set(students)].join(", ")}; |dω| grew ${grown}). ` +
      "Hypergradients point the right way little more often than not there: lower --learning-rate or --steps, or start at a softer loss; " +
      "--estimator truncated:K looks at the last K steps only."
    );
  const judge = points.toSorted(
    (a, b) => Math.abs(Math.log(a.metaSteps)) - Math.abs(Math.log(b.metaSteps)),
  )[0]!;
  const found =
    judge.cosine === null
      ? "no student is usable a meta-step further on"
      : `a meta-step further on, hypergradients have cosine ${judge.cosine.toFixed(2)} with those here (relative change ${judge.relativeChange!.toPrecision(2)})`;
  if (verdict === "smooth") return `Metasmoothness: ${found}; |dω| grew ${grown}. Smooth.`;
  if (verdict === "bumpy")
    return `Metasmoothness: ${found}; |dω| grew ${grown}. Bumpy: means over more --students, and a small --meta-rate, help.`;
  return (
    `Metasmoothness: ${found}; |dω| grew ${grown}. Rough: meta-training will mostly follow noise. ` +
    "Lower --learning-rate (the student's), --steps or --meta-rate, or raise --students."
  );
}

/** A line for each distance, for people. */
export function tableOfProbe({ points }: Probe): string {
  const cell = (value: number | null, digits = 3) =>
    (value === null ? "–" : value.toPrecision(digits)).padStart(10);
  const rows = points.map(
    ({ metaSteps, distance, usable, cosine, relativeChange, predicted, measured }) =>
      `${cell(metaSteps, 2)} ${cell(distance)} ${cell(cosine)} ${cell(relativeChange)} ${cell(predicted)} ${cell(measured)} ${String(usable).padStart(6)}`,
  );
  return ["meta-steps   distance     cosine     change  promised ΔM measured ΔM usable", ...rows].join("\n");
}
