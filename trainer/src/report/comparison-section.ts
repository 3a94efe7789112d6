import { mean } from "../statistics/index.ts";
import type { ContenderResult, EvaluationResult } from "../evaluate/index.ts";
import { card, figure, folded, section } from "./data-table.ts";
import { lookOf } from "./look.ts";
import { dotChart, legend, lineChart, type Line, type Markup } from "./svg/index.ts";

/** Test errors of all seeds, and how they compare. */
export function errorSection(result: EvaluationResult): Markup {
  const { contenders, pairedSeeds } = result;
  const rows = contenders.map((contender) => ({
    name: contender.label,
    look: lookOf(result, contender).split(" ")[0]!,
    ...contender.error,
    values: contender.errors.map((value, i) => ({
      value,
      name: `${contender.label}, seed ${pairedSeeds[i]}: ${value.toFixed(2)} %`,
    })),
  }));
  const summary = contenders.map(({ label, error }) => `${label} ${error.mean.toFixed(2)} %`).join(", ");
  return section(
    "Test error by seed",
    card(
      figure(
        "Small dots: one student each, on the same data, initial weights and batch order in every row. Large dot and bar: mean and 95 % interval. Dashed: the teacher's mean.",
        dotChart(rows, {
          title: "Test error of each loss",
          description: `Mean test error: ${summary}.`,
          xName: result.metric,
        }),
      ),
      folded("The numbers", {
        caption: "Test error in per cent, a column a paired seed",
        headings: ["loss", ...pairedSeeds.map((_, i) => `#${i + 1}`)],
        rows: contenders.map(({ label, errors }) => [label].concat(errors.map((e) => e.toFixed(2)))),
      }),
    ),
  );
}

/** Validation error over steps. */
export function curveSection(result: EvaluationResult): Markup | undefined {
  const recorded = result.contenders.filter(({ curves }) => curves.length > 0);
  if (recorded.length === 0) return undefined;
  const lines: Line[] = recorded.map((contender) => ({
    name: contender.label,
    look: lookOf(result, contender),
    points: meanCurve(contender),
  }));
  const seeds = recorded[0]!.curves.length;
  const shown = lines[0]!.points.filter((_, i) => i % 4 === 0);
  return section(
    "Error over steps",
    card(
      figure(
        `Validation error while the student learns, mean of ${seeds === 1 ? "one seed" : `${seeds} seeds`}, at each loss's tuned rate. The error's axis is logarithmic.`,
        legend(lines),
        // Drawn last, the teacher lies on top.
        lineChart(lines.toReversed(), {
          title: "Validation error over steps, a line a loss",
          description: lines
            .map(({ name, points }) => `${name} ends at ${points.at(-1)![1].toFixed(2)} %`)
            .join(", "),
          width: 760,
          height: 380,
          xName: "step",
          yName: "validation error, %",
          y: "log",
        }),
      ),
      folded("The numbers", {
        caption: "Validation error in per cent after so many steps",
        headings: ["loss", ...shown.map(([step]) => String(step))],
        rows: lines.map(({ name, points }) =>
          [name].concat(points.filter((_, i) => i % 4 === 0).map(([, error]) => error.toFixed(2))),
        ),
      }),
    ),
  );
}

function meanCurve({ curves }: ContenderResult): [number, number][] {
  // A diverged lesson's curve is shorter: the mean goes as far as all of them do.
  const length = Math.min(...curves.map(({ points }) => points.length));
  return Array.from({ length }, (_, i) => [
    curves[0]!.points[i]!.step,
    mean(curves.map(({ points }) => points[i]!.error)),
  ]);
}
