import type { Emission } from "@lectern/client";
import type { Manifest } from "@lectern/shared/schema";
import { openCoefficientCharts } from "../charts/coefficient-charts.ts";
import { createLineChart } from "../charts/line-chart.ts";
import { byId, percent, table } from "../dom.ts";
import { rivalName } from "./rivals.ts";
import { openScrubber } from "./scrubber.ts";
import type { Rival } from "./choice.ts";
import { lossCurve, rivalCurve } from "./coefficients.ts";
import type { Side } from "./contest.ts";

/** What one sees of a lesson while it runs: errors, φ over time, and the loss at any time so far. */
export interface Board {
  addValidation(side: Side, step: number, error: number): void;
  addEmission(emission: Pick<Emission, "step" | "phi">): void;
  /** The numbers behind the curves, when the lesson has ended. */
  tabulate(): void;
}

export function openBoard(manifest: Manifest, rival: Rival, steps: number): Board {
  const { count } = manifest.classes;
  byId("legend-fixed").textContent = rivalName(rival);
  byId("numbers").replaceChildren();
  byId("board").hidden = false;
  const errors = createLineChart(byId("errors-plot"), {
    xLabel: "step",
    yLabel: "",
    formatY: (y) => percent(y, 0),
    xRange: [0, steps],
  });
  const found: Record<Side, [number, number][]> = { teacher: [], fixed: [] };
  const coefficients = openCoefficientCharts(byId("phi"), steps);
  const scrub = openScrubber(rivalCurve(rival, count));
  return {
    addValidation(side, step, error) {
      found[side].push([step, error]);
      const said = (of: Side) => percent(found[of].at(-1)?.[1] ?? Number.NaN);
      errors.update(
        [
          { name: "fixed", look: "fixed", points: found.fixed },
          { name: "teacher", look: "teacher", points: found.teacher },
        ],
        `Validation error over steps. Step ${step}: teacher's student ${said("teacher")}, fixed loss's student ${said("fixed")}.`,
      );
    },
    addEmission(emission) {
      coefficients.add(emission);
      scrub.add(emission.step, lossCurve(manifest.loss.family, emission.phi, count));
    },
    tabulate() {
      const fixed = new Map(found.fixed);
      byId("numbers").replaceChildren(
        table(
          "Validation error by step",
          ["Step", "Teacher", rivalName(rival)],
          found.teacher.map(([step, error]) => [
            String(step),
            percent(error),
            percent(fixed.get(step) ?? Number.NaN),
          ]),
        ),
      );
    },
  };
}
