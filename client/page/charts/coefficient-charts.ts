import type { Coefficients, PlainTensor } from "@lectern/shared/teacher";
import { summarise } from "../classroom/coefficients.ts";
import { html } from "../dom.ts";
import { createLineChart, type LineChart } from "./line-chart.ts";

export interface CoefficientCharts {
  /** φ as it was emitted at a step. */
  add(emission: { readonly step: number; readonly phi: Coefficients<PlainTensor> }): void;
}

/** A small chart for each number that stands for a part of φ. */
export function openCoefficientCharts(place: HTMLElement, steps: number): CoefficientCharts {
  place.replaceChildren();
  const charts = new Map<string, { chart: LineChart; value: HTMLElement; points: [number, number][] }>();
  return {
    add({ step, phi }) {
      for (const { key, label, value } of summarise(phi)) {
        let one = charts.get(key);
        if (!one) {
          const [plot, shown] = [html("div", { class: "plot" }), html("output", {})];
          place.append(
            html("figure", { class: "small" }, [html("figcaption", {}, [`${label} `, shown]), plot]),
          );
          one = {
            chart: createLineChart(plot, {
              height: 110,
              xLabel: "",
              yLabel: "",
              xRange: [0, steps],
              formatY: short,
            }),
            value: shown,
            points: [],
          };
          charts.set(key, one);
        }
        one.points.push([step, value]);
        one.value.textContent = short(value);
        const first = one.points[0]![1];
        one.chart.update(
          [{ name: label, look: "teacher", points: one.points }],
          `${label}: ${short(first)} at step 0, ${short(value)} at step ${step}.`,
        );
      }
    },
  };
}

/** Three digits. */
export const short = (value: number): string => {
  const shown = Number(value.toPrecision(3));
  return Object.is(shown, -0) ? "0" : String(shown);
};
