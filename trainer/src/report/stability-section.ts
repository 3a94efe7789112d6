import type { MetaStepMetrics } from "../train/index.ts";
import { card, figure, folded, section } from "./data-table.ts";
import { element, formatTick, legend, lineChart, type Line, type Markup } from "./svg/index.ts";

/** Meta-steps whose |dω_t| are drawn: more would be a thicket. */
const drawn = 8;

/** |dω_t| over t, and over the run: what reverse mode amplified, and what was done about it. */
export function stabilitySection(steps: readonly MetaStepMetrics[]): Markup {
  return section("Stability", cotangents(steps), overTheRun(steps));
}

function cotangents(steps: readonly MetaStepMetrics[]): Markup {
  const shown = evenly(
    steps.filter(({ cotangents }) => cotangents.steps.length > 1),
    drawn,
  );
  const lines = shown.map((step, i): Line => {
    const age = i === shown.length - 1 ? "strong" : i < shown.length / 3 ? "early" : "middle";
    return { name: `meta-step ${step.metaStep}`, look: `c0 ${age}`, points: largestProfile(step) };
  });
  return card(
    figure(
      "|dω_t|, the length of dM/dω_t, over the steps t of a lesson: the largest of a meta-step's students. Reverse mode runs from right to left. Where a line climbs to the left, early steps decide M by chance: the edge of stability. The later the meta-step, the stronger its line; a line ends where a student was given up.",
      legend(lines),
      lineChart(lines, {
        title: "|dω_t| over the steps of a lesson",
        description: lines.map(({ name, points }) => `${name}: up to ${largestIn(points)}`).join(", "),
        xName: "step t",
        yName: "|dω_t|",
        y: "log",
        width: 900,
      }),
    ),
  );
}

const largestIn = (points: Line["points"]): string => formatTick(Math.max(...points.map(([, y]) => y)));

/** The largest over students at each measured step, from 0 up. */
export function largestProfile({ cotangents: { steps, norms } }: MetaStepMetrics): [number, number][] {
  return steps
    .map((step, k): [number, number] => [step, Math.max(...norms.map((student) => student[k] ?? 0))])
    .filter(([, norm]) => norm > 0)
    .toReversed();
}

function overTheRun(steps: readonly MetaStepMetrics[]): Markup {
  const over = (read: (step: MetaStepMetrics) => number | null): Line["points"] =>
    steps.flatMap((step) => {
      const value = read(step);
      return value === null ? [] : [[step.metaStep, value] as const];
    });
  const panel = (heading: string, points: Line["points"], y: "linear" | "log" = "linear"): Markup =>
    lineChart([{ name: heading, look: "c0", points }], {
      title: `${heading} over meta-steps`,
      description: points.length > 0 ? `At last ${formatTick(points.at(-1)![1])}.` : "None.",
      heading,
      width: 300,
      height: 170,
      y,
    });
  const setbacks = steps.filter(({ setback }) => setback);
  return card(
    figure(
      `Over the run's ${steps.length} meta-steps. Gaps: no usable student. Setbacks: ${setbacks.length} meta-steps without one, or with an error so large that θ went back to where it was least; the rate falls by half after such a one, and recovers. φ's change is the largest on the states of the students, at most the trust region.`,
      element(
        "div",
        { class: "grid-of" },
        panel(
          "M",
          over(({ metric }) => metric),
        ),
        panel(
          "dev error, %",
          over(({ devError }) => (devError === null ? null : 100 * devError)),
        ),
        panel(
          "largest |dω_t|",
          over(({ largestCotangent }) => largestCotangent),
          "log",
        ),
        panel(
          "rate",
          over(({ learningRate }) => learningRate),
        ),
        panel(
          "change of φ",
          over(({ phiChange }) => phiChange),
        ),
        panel(
          "share of the step taken",
          over(({ stepShare }) => stepShare),
        ),
      ),
    ),
    folded("The numbers", {
      caption: "Meta-steps",
      headings: [
        "meta-step",
        "M",
        "dev error, %",
        "largest |dω|",
        "rate",
        "change of φ",
        "share",
        "students",
      ],
      rows: steps.map((s) => [
        String(s.metaStep),
        cell(s.metric),
        cell(s.devError === null ? null : 100 * s.devError),
        cell(s.largestCotangent),
        cell(s.learningRate),
        cell(s.phiChange),
        cell(s.stepShare),
        s.students.join(", "),
      ]),
      words: [7],
    }),
  );
}

const cell = (value: number | null): string => (value === null ? "–" : value.toPrecision(4));

/** At most `count` of them, the first and the last among these. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
