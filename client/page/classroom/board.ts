import type { Emission } from "@lectern/client";
import type { Manifest } from "@lectern/shared/schema";
import { openCoefficientCharts, short } from "../charts/coefficient-charts.ts";
import { createLineChart } from "../charts/line-chart.ts";
import { byId, percent, table } from "../dom.ts";
import { rivalName } from "./rivals.ts";
import type { Rival } from "./choice.ts";
import { lossCurve, rivalCurve, type Curve } from "./coefficients.ts";
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

/** The teacher's loss at a chosen time, over the faint ones of other times, beside the fixed loss. */
function openScrubber(fixed: Curve) {
  const [old, said] = [byId<HTMLInputElement>("scrub"), byId("scrub-at")];
  // A copy, without the listener of the lesson before.
  const slider = old.cloneNode() as HTMLInputElement;
  old.replaceWith(slider);
  const emitted: { step: number; curve: Curve }[] = [];
  const chart = createLineChart(byId("loss-plot"), {
    xLabel: "p(label), the student's probability of the label",
    yLabel: "loss, less its value at 1",
    xRange: [0, 1],
    formatY: short,
  });
  let follows = true;
  const draw = () => {
    const now = emitted[slider.valueAsNumber];
    if (!now) return;
    said.textContent = `step ${now.step}`;
    slider.setAttribute("aria-valuetext", `step ${now.step}`);
    chart.update(
      [
        ...emitted.map(({ step, curve }) => ({ name: `step ${step}`, look: "faint", points: curve })),
        { name: "fixed", look: "fixed", points: fixed },
        { name: "teacher", look: "teacher", points: now.curve },
      ],
      `Loss over the probability of the label at step ${now.step}: the teacher's falls from ${short(now.curve[0]![1])} to 0, the fixed loss's from ${short(fixed[0]![1])} to 0.`,
    );
  };
  slider.disabled = true;
  slider.addEventListener("input", () => {
    follows = slider.valueAsNumber === emitted.length - 1;
    draw();
  });
  return {
    add(step: number, curve: Curve) {
      emitted.push({ step, curve });
      slider.disabled = false;
      slider.max = String(emitted.length - 1);
      if (follows) slider.valueAsNumber = emitted.length - 1;
      draw();
    },
  };
}
