import type { ContenderResult, EvaluationResult } from "../evaluate/index.ts";
import { card, figure, folded, paragraph, section } from "./data-table.ts";
import { lookOf } from "./look.ts";
import { formatRate } from "./row.ts";
import { legend, lineChart, type Line, type Markup } from "./svg/index.ts";

/** What the searches tried: shows that no best rate lies at an edge. */
export function tuningSection(result: EvaluationResult): Markup {
  const { contenders, tuning } = result;
  const lines: Line[] = contenders.map((contender) => ({
    name: contender.label,
    look: lookOf(result, contender),
    points: columnOfBest(contender),
    dots: true,
  }));
  const best = Math.min(...contenders.map(({ validationError }) => validationError));
  return section(
    "Tuning",
    paragraph(
      `Every loss got ${tuning.cellsPerContender} cells (a learning rate and a value of its own parameter) × ${tuning.seeds.length} seeds = ${tuning.trainingsPerContender} trainings, scored on validation data. A best rate at the edge of what was tried widens the grid; what one loss spends on that, the others spend on a finer one.`,
    ),
    card(
      figure(
        "Validation error against the learning rate, at each loss's chosen parameter. Errors far above the best, and diverged runs, leave the picture.",
        legend(lines),
        lineChart(lines.toReversed(), {
          title: "Validation error against the learning rate, a line a loss",
          description: contenders
            .map(({ label, learningRate }) => `${label} is best at ${formatRate(learningRate)}`)
            .join(", "),
          width: 760,
          height: 360,
          xName: "learning rate",
          yName: "validation error, %",
          x: "log",
          yDomain: [Math.max(0, best * 0.9), Math.min(100, best * 3 + 1)],
        }),
      ),
      ...contenders.map((contender) =>
        folded(`All cells of ${contender.label}`, {
          caption: "Mean validation error in per cent over the tuning seeds",
          headings: ["learning rate", "parameter", "error %"],
          rows: contender.trials
            .toSorted((a, b) => a.value - b.value || a.rate - b.rate)
            .map(({ rate, value, error }) => [
              formatRate(rate),
              Object.keys(contender.parameters).length > 0 ? String(value) : "–",
              error.toFixed(2),
            ]),
        }),
      ),
    ),
  );
}

function columnOfBest({ parameters, trials }: ContenderResult): [number, number][] {
  const value = Object.values(parameters)[0] ?? 0;
  return trials
    .filter((t) => t.value === value)
    .toSorted((a, b) => a.rate - b.rate)
    .map(({ rate, error }) => [rate, error]);
}
