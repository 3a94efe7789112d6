import {
  inspect,
  inWords,
  nominalTrajectory,
  type Inspection,
  type Subject,
} from "../../src/inspect/index.ts";
import { openCoefficientCharts } from "../charts/coefficient-charts.ts";
import { createHeatMap } from "../charts/heat-map.ts";
import { createLineChart } from "../charts/line-chart.ts";
import { html } from "../dom.ts";

/** What a teacher does over a nominal student's training: in words, as a heat map, and at any time of it. */
export function showDoing(place: HTMLElement, subject: Subject): void {
  const inspection = inspect(subject, nominalTrajectory(subject), "a nominal student");
  const [map, now] = [html("div", { class: "plot" }), html("div", { class: "plot" })];
  const said = html("output", { id: "doing-at", for: "doing-time" });
  const coefficients = html("div", { class: "small-charts" });
  const last = inspection.moments.length - 1;
  const slider = html("input", {
    id: "doing-time",
    type: "range",
    min: 0,
    max: last,
    step: 1,
    value: last,
  });
  place.replaceChildren(
    html(
      "ul",
      {},
      inWords(inspection).map((words) => html("li", {}, [words])),
    ),
    html("div", { class: "grid-two" }, [
      html("figure", {}, [
        html("figcaption", {}, [
          "How hard it pulls, over steps and over the student's probability of the label",
        ]),
        map,
      ]),
      html("figure", {}, [html("figcaption", {}, ["The pull at ", said]), now]),
    ]),
    html("label", { class: "scrub", for: "doing-time" }, ["Time"]),
    slider,
    html("p", { class: "legend" }, [
      html("span", { class: "key line teacher" }, ["teacher"]),
      html("span", { class: "key line fixed" }, ["cross-entropy"]),
    ]),
    html("h4", {}, ["φ, what it emits, over steps"]),
    coefficients,
    html("p", { class: "aside" }, [
      "Pull: −∂ℓ/∂z of the label's logit, without the learning rate, mean over labels. The nominal student's accuracy rises from chance as 1 − e^−5t/T; yours will differ.",
    ]),
  );
  connectScrubber(inspection, slider, said, map, now);
  const charts = openCoefficientCharts(coefficients, subject.recipe.steps);
  for (const moment of inspection.moments) charts.add(moment);
}

function connectScrubber(
  { moments, confidences }: Inspection,
  slider: HTMLInputElement,
  said: HTMLElement,
  map: HTMLElement,
  now: HTMLElement,
): void {
  const heat = createHeatMap(
    map,
    moments.map(({ pullByConfidence }) => pullByConfidence),
    { xLabel: "step", yLabel: "p(label)", columns: moments.map(({ step }) => step), rows: confidences },
  );
  const chart = createLineChart(now, {
    xLabel: "p(label)",
    yLabel: "pull",
    xRange: [0, 1],
    yRange: [
      Math.min(0, ...moments.flatMap(({ pullByConfidence }) => pullByConfidence)),
      Math.max(1, ...moments.flatMap(({ pullByConfidence }) => pullByConfidence)),
    ],
    formatY: (y) => String(Number(y.toPrecision(2))),
  });
  const draw = () => {
    const { step, pullByConfidence } = moments[slider.valueAsNumber]!;
    const ends = `${pullByConfidence[0]!.toFixed(2)} where the student gives the label ${confidences[0]}, ${pullByConfidence.at(-1)!.toFixed(2)} where it gives ${confidences.at(-1)}`;
    said.textContent = `step ${step}`;
    slider.setAttribute("aria-valuetext", `step ${step}`);
    heat.mark(slider.valueAsNumber, `Pull over steps and probabilities. At step ${step}: ${ends}.`);
    chart.update(
      [
        { name: "cross-entropy", look: "fixed", points: confidences.map((p) => [p, 1 - p]) },
        { name: "teacher", look: "teacher", points: confidences.map((p, i) => [p, pullByConfidence[i]!]) },
      ],
      `Pull at step ${step}: ${ends}.`,
    );
  };
  slider.addEventListener("input", draw);
  draw();
}
