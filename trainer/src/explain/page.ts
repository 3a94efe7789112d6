import { seriesOf } from "../evaluate/index.ts";
import { card, dataTable, figure, folded, paragraph, section } from "../report/data-table.ts";
import { htmlPage } from "../report/page.ts";
import { element, formatTick, legend, lineChart, text, type Line, type Markup } from "../report/svg/index.ts";
import { describe, inWords, type Doing, type Inspection, type Moment } from "@lectern/client/inspect";

/** An explanation as one page that needs nothing else. */
export function toExplanationPage(explanation: Inspection, moments: readonly Moment[]): string {
  const { label, family, student, recipe } = explanation;
  const { optimizer, schedule, batchSize, steps } = recipe;
  return htmlPage(`What the teacher ${label} does`, [
    paragraph(
      `Loss family ${family}; made for ${optimizer.kind} at rate ${optimizer.learningRate} (${schedule}), batch ${batchSize}, ${steps} steps; watched teaching ${student}. Everything here is measured on ∂ℓ/∂z, the gradient at the logits.`,
      "lead",
    ),
    element(
      "ul",
      { class: "findings" },
      ...inWords(explanation).map((words) => element("li", {}, text(words))),
    ),
    pullSection(explanation),
    classSection(explanation),
    coefficientSection(explanation, moments),
    nearestSection(explanation),
  ]);
}

/** At most this many moments are drawn: the first, the last, and some evenly between. */
function some(moments: readonly Doing[], most: number): Doing[] {
  const count = Math.min(most, moments.length);
  const at = Array.from({ length: count }, (_, i) =>
    Math.round(((moments.length - 1) * i) / Math.max(1, count - 1)),
  );
  return at.map((i) => moments[i]!);
}

function pullSection({ moments, confidences }: Inspection): Markup {
  const ages = ["early", "middle", "middle", ""];
  const own = some(moments, 4).map(({ step, pullByConfidence }, i, { length }): Line => ({
    name: `step ${step}`,
    look: `c0 strong ${i === length - 1 ? "" : ages[i]!}`.trimEnd(),
    points: confidences.map((p, at) => [p, pullByConfidence[at]!]),
  }));
  const lines: Line[] = [
    { name: "cross-entropy", look: "c1 dashed", points: confidences.map((p) => [p, 1 - p]) },
    ...own,
  ];
  return section(
    "How hard it pulls, by the student's confidence",
    card(
      figure(
        "−∂ℓ/∂z_y against the probability that the student gives the label; the other classes share the rest alike; mean over labels. Without the learning rate.",
        legend(lines),
        lineChart(lines, {
          title: "Pull on the label's logit against its probability",
          description: `At the end from ${formatTick(moments.at(-1)!.pullByConfidence[0]!)} at p = ${confidences[0]} to ${formatTick(moments.at(-1)!.pullByConfidence.at(-1)!)} at p = ${confidences.at(-1)}.`,
          xName: "probability of the label, p_y",
          yName: "pull on z_y",
        }),
      ),
    ),
  );
}

function classSection({ moments, labels, classNames }: Inspection): Markup {
  const lines = labels.map((label, i): Line => ({
    name: classNames[label]!,
    look: `c${i % 8}${i >= 8 ? " dashed" : ""}`,
    points: moments.map(({ step, pullByLabel }) => [step, pullByLabel[i]!]),
    dots: moments.length === 1,
  }));
  return section(
    "How hard it pulls, by class",
    card(
      figure(
        `The mean pull over confidences, for each label${labels.length < classNames.length ? ` (${labels.length} of ${classNames.length} classes)` : ""}.`,
        legend(lines),
        lineChart(lines, {
          title: "Mean pull over steps, a line a class",
          description: `${labels.length} classes over ${moments.length} emissions.`,
          xName: "step",
          yName: "mean pull on z_y",
        }),
      ),
    ),
  );
}

function coefficientSection({ moments, family }: Inspection, states: readonly Moment[]): Markup {
  const series = seriesOf(
    moments.map(({ step, phi }, i) => ({
      step,
      state: states[i]!.state,
      phi: Object.fromEntries(
        Object.entries(phi).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
      ),
    })),
    family,
  );
  const panels = Object.entries(series).map(([name, values]) =>
    lineChart(
      [
        {
          name,
          look: "c0",
          points: moments.map(({ step }, i) => [step, values[i]!]),
          dots: moments.length === 1,
        },
      ],
      {
        title: `${name} over steps`,
        description: `From ${formatTick(values[0]!)} to ${formatTick(values.at(-1)!)}.`,
        heading: name,
        width: 300,
        height: 170,
      },
    ),
  );
  return section(
    "Its coefficients, and what it saw",
    card(
      figure(
        "φ over the steps of the lesson. Gains as natural logarithms. Each panel has its own range.",
        element("div", { class: "grid-of" }, ...panels),
      ),
      folded("The numbers", {
        caption: "φ and the student's state",
        headings: ["step", ...Object.keys(series)],
        rows: moments.map(({ step }, i) => [
          String(step),
          ...Object.values(series).map((values) => formatTick(values[i]!)),
        ]),
      }),
    ),
  );
}

function nearestSection({ moments }: Inspection): Markup {
  return section(
    "The nearest known losses",
    card(
      dataTable({
        caption:
          "The fixed loss, parameter and factor whose gradients are closest; “away” is what is left, ‖g − c·g_fixed‖ / ‖g‖.",
        headings: ["step", "t/T", "nearest known loss"],
        rows: some(moments, 12).map(({ step, time, nearest }) => [
          String(step),
          time.toFixed(2),
          describe(nearest),
        ]),
        words: [2],
      }),
    ),
  );
}
