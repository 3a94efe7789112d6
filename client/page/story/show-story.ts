import { drawPairPlot } from "../charts/pair-plot.ts";
import { createLineChart } from "../charts/line-chart.ts";
import { byId, html, percent, table } from "../dom.ts";
import { readStory, type StoryResult } from "../story.ts";

/** Fetches `npm start`'s result and draws it; where there is none, its section stays hidden. */
export async function showStory(): Promise<StoryResult | undefined> {
  // Rewritten in place by `npm start`, and small: never from a cache.
  const response = await fetch("story.json", { cache: "no-store" }).catch(() => undefined);
  const story = response?.ok ? readStory(await response.json().catch(() => null)) : undefined;
  if (!story) return undefined;
  draw(story);
  byId("story").hidden = false;
  return story;
}

function draw(story: StoryResult): void {
  const { task, teacher, bestFixed, students, meanTeacher, meanFixed } = story;
  const fixedName = nameOf(bestFixed);
  byId("story-text").textContent =
    `${sentence(story)} Each pair of students had the same initial weights, the same ${task.subset.toLocaleString("en")} images (labels redrawn with probability ${percent(task.labelNoise, 0)}), the same batches and ${task.steps.toLocaleString("en")} steps; ${teacher.name} ${teacher.version} taught one, the best tuned fixed loss, ${fixedName} at rate ${short(bestFixed.learningRate)}, the other.`;
  drawPairPlot(
    byId("story-plot"),
    students.map(({ teacherError, fixedError }, i) => ({
      label: `student ${i + 1}`,
      teacher: teacherError,
      fixed: fixedError,
    })),
    `Test error of ${students.length} pairs of students. ${sentence(story)}`,
  );
  byId("story-legend-fixed").textContent = fixedName;
  byId("story-table").replaceChildren(
    table(
      `Test error on ${task.testExamples.toLocaleString("en")} images`,
      ["Pair", "Teacher", fixedName, "Difference"],
      [
        ...students.map(({ teacherError, fixedError }, i) =>
          row(`student ${i + 1}`, teacherError, fixedError),
        ),
        row("mean", meanTeacher, meanFixed),
      ],
    ),
  );
  drawMetaTraining(story);
  const made = new Date(story.generatedAt);
  byId("story-made").replaceChildren(
    `By npm start with --seed ${story.seed}, `,
    html("time", { datetime: story.generatedAt }, [
      Number.isNaN(made.getTime()) ? story.generatedAt : made.toLocaleString("en"),
    ]),
    ".",
  );
}

function sentence({ meanTeacher, meanFixed, relative, students }: StoryResult): string {
  const change = percent(Math.abs(relative));
  const compared =
    relative < 0
      ? `${change} fewer mistakes`
      : relative > 0
        ? `${change} more mistakes: here the teacher lost`
        : "no difference";
  const won = students.filter(({ teacherError, fixedError }) => teacherError < fixedError).length;
  return `The teacher's students err on ${percent(meanTeacher)} of the test images, those of the best fixed loss on ${percent(meanFixed)}: ${compared}. The teacher's did better in ${won} of ${students.length} pairs.`;
}

function drawMetaTraining({ metaTraining }: StoryResult): void {
  byId("meta-training").hidden = metaTraining.length < 2;
  if (metaTraining.length < 2) return;
  const points = metaTraining.map(({ metaStep, devError }) => [metaStep, devError] as const);
  const [first, last] = [points[0]!, points.at(-1)!];
  createLineChart(byId("meta-plot"), {
    height: 180,
    xLabel: "meta-step",
    yLabel: "dev error",
    formatY: (y) => percent(y, 0),
  }).update(
    [{ name: "dev error", look: "teacher", points }],
    `Dev error of meta-training's students: ${percent(first[1])} at meta-step ${first[0]}, ${percent(last[1])} at meta-step ${last[0]}.`,
  );
}

function row(label: string, teacher: number, fixed: number): string[] {
  const points = 100 * (teacher - fixed);
  const sign = points > 0 ? "+" : points < 0 ? "−" : "";
  return [label, percent(teacher, 2), percent(fixed, 2), `${sign}${Math.abs(points).toFixed(2)} points`];
}

/** `label-smoothing` and 0.1 as "label smoothing 0.1". */
export function nameOf({
  name,
  parameter,
}: {
  readonly name: string;
  readonly parameter?: number | null;
}): string {
  const words = name.replaceAll("-", " ");
  return parameter === null || parameter === undefined ? words : `${words} ${short(parameter)}`;
}

/** Tuning finds 0.7071067811865476: two digits say enough. */
export const short = (value: number): string => String(Number(value.toPrecision(2)));
