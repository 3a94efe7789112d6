import { short } from "../charts/coefficient-charts.ts";
import { createHeatMap } from "../charts/heat-map.ts";
import { createLineChart } from "../charts/line-chart.ts";
import { byId } from "../dom.ts";
import type { Curve } from "./coefficients.ts";

export interface Scrubber {
  /** The loss that the teacher emitted at a step. */
  add(step: number, curve: Curve): void;
}

/** Points of a curve that are the surface's rows, from a small probability to a large one. */
const surfaceRows = [0, 4, 9, 14, 19, 24, 29, 34, 39, 44, 49];

/** The teacher's loss as a surface over time, and at a chosen time, over the faint ones of other times, beside the fixed loss. */
export function openScrubber(fixed: Curve): Scrubber {
  const probability = (row: number) => Number(fixed[row]![0].toFixed(2));
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
  const map = createHeatMap(byId("surface-plot"), [], {
    height: 200,
    xLabel: "step",
    yLabel: "p(label)",
    columns: [],
    rows: surfaceRows.map(probability),
  });
  let follows = true;
  const draw = () => {
    const now = emitted[slider.valueAsNumber];
    if (!now) return;
    said.textContent = `step ${now.step}`;
    slider.setAttribute("aria-valuetext", `step ${now.step}`);
    const ends = [surfaceRows[0]!, surfaceRows[surfaceRows.length >> 1]!].map(
      (row) => `${short(now.curve[row]![1])} where the label's probability is ${probability(row)}`,
    );
    map.mark(
      slider.valueAsNumber,
      `The teacher's losses over steps and the probability of the label, ${emitted.length} so far. At step ${now.step}: ${ends.join(", ")}.`,
    );
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
      map.update(
        emitted.map((one) => surfaceRows.map((row) => one.curve[row]![1])),
        emitted.map((one) => one.step),
      );
      slider.disabled = false;
      slider.max = String(emitted.length - 1);
      if (follows) slider.valueAsNumber = emitted.length - 1;
      draw();
    },
  };
}
