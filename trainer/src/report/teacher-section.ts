import {
  bestFixedOf,
  type ContenderResult,
  type EvaluationResult,
  type TeacherTrace,
} from "../evaluate/index.ts";
import { card, figure, folded, section } from "./data-table.ts";
import { lookOf } from "./look.ts";
import { fixedLossesOf, lossCurve, snapshotLosses } from "./loss-picture.ts";
import { formatRate } from "./row.ts";
import { element, formatTick, heatMap, legend, lineChart, type Line, type Markup } from "./svg/index.ts";

/** φ_t over time, the loss as a picture, and its matrices: a section for each teacher with a trace. */
export function teacherSections(result: EvaluationResult): Markup[] {
  return result.contenders.flatMap((contender) =>
    contender.trace ? [teacherSection(result, contender, contender.trace)] : [],
  );
}

function teacherSection(result: EvaluationResult, contender: ContenderResult, trace: TeacherTrace): Markup {
  return section(
    `What ${contender.label} emits`,
    emissionPanels(contender, trace),
    lossPictures(result, contender, trace),
    ...matrices(trace),
  );
}

function emissionPanels({ label }: ContenderResult, { lessons }: TeacherTrace): Markup {
  const { steps, series } = lessons[0]!;
  const names = Object.keys(series);
  const still = names.filter((name) => isConstant(lessons, name));
  const panels = names
    .filter((name) => !still.includes(name))
    .map((name) =>
      lineChart(
        lessons.map((lesson, i) => ({
          name: `seed ${lesson.seed}`,
          look: i === 0 ? "c0" : "c0 faint",
          points: lesson.steps.map((step, at) => [step, lesson.series[name]![at]!]),
        })),
        {
          title: `${name} over steps`,
          description: `From ${formatTick(series[name]![0]!)} to ${formatTick(series[name]!.at(-1)!)} in the first lesson.`,
          heading: name,
          width: 300,
          height: 170,
        },
      ),
    );
  const constants = still.map((name) => `${name} ${formatTick(series[name]![0]!)}`).join(", ");
  return card(
    figure(
      `φ over the steps of a lesson, and what the teacher saw; a line a lesson (${lessons.length}). Gains as natural logarithms. Each panel has its own range: look at the numbers before calling a teacher lively.${constants && ` Constant: ${constants}.`}`,
      element("div", { class: "grid-of" }, ...panels),
    ),
    folded("The numbers", {
      caption: `φ of ${label} in the first lesson`,
      headings: ["step", ...names],
      rows: steps.map((step, i) => [String(step)].concat(names.map((name) => formatTick(series[name]![i]!)))),
    }),
  );
}

function isConstant(lessons: TeacherTrace["lessons"], name: string): boolean {
  const values = lessons.flatMap(({ series }) => series[name]!);
  const largest = Math.max(...values.map(Math.abs));
  // Sums of many numbers in float64 leave differences that mean nothing.
  return Math.max(...values) - Math.min(...values) <= 1e-9 * Math.max(1, largest);
}

/** ℓ and its pull against p_y: the snapshots, and the best fixed loss and cross-entropy beside them. */
function lossPictures(result: EvaluationResult, contender: ContenderResult, trace: TeacherTrace): Markup {
  const classes =
    Object.values(trace.snapshots[0]!.phi).find(({ shape }) => shape.length > 0)?.shape[0] ?? 10;
  const ages = ["early", "middle", "middle", ""];
  const own = trace.snapshots.map(({ step }, i) => ({
    name: `${contender.label}, step ${step}`,
    look: `c0 strong ${i === trace.snapshots.length - 1 ? "" : ages[i]!}`.trimEnd(),
    curve: lossCurve(snapshotLosses(trace, i), classes, contender.learningRate),
  }));
  const beside = new Set([bestFixedOf(result)?.name, "cross-entropy"]);
  const rivals = result.contenders.flatMap((rival) => {
    const losses = beside.has(rival.name) ? fixedLossesOf(rival) : undefined;
    if (!losses) return [];
    const curve = lossCurve(losses, classes, rival.learningRate);
    return [
      { name: `${rival.label} (rate ${formatRate(rival.learningRate)})`, look: lookOf(result, rival), curve },
    ];
  });
  const all = [...rivals, ...own];
  const lines = (kind: "loss" | "pull"): Line[] =>
    all.map(({ name, look, curve }) => ({ name, look, points: curve[kind] }));
  const ofTeacher = own.flatMap(({ curve }) => curve.loss.map(([, loss]) => loss));
  const shared = { width: 440, height: 300, xName: "probability of the label, p_y" };
  return card(
    figure(
      "The loss of one example against the probability that the student gives its label (the other classes share the rest alike, mean over labels). Right: learning rate × how hard a step pulls the label's logit up. A pull that fades at small p_y lets wrong labels go.",
      legend(all),
      element(
        "div",
        { class: "pair" },
        lineChart(lines("loss"), {
          ...shared,
          title: "Loss against the probability of the label",
          description: own
            .map(({ name, curve }) => `${name}: ${curve.loss[0]![1].toFixed(2)} at p = 0.002`)
            .join(", "),
          yName: "loss − loss at p_y = 0.999",
          yDomain: [0, 1.6 * Math.max(...ofTeacher, 1e-6)],
        }),
        lineChart(lines("pull"), {
          ...shared,
          title: "Pull on the label's logit against its probability",
          description: own
            .map(
              ({ name, curve }) => `${name}: at most ${Math.max(...curve.pull.map(([, v]) => v)).toFixed(2)}`,
            )
            .join(", "),
          yName: "rate × pull on z_y",
        }),
      ),
    ),
  );
}

/** Every square matrix of φ, at the first and the last snapshot, in the same colours. */
function matrices({ snapshots }: TeacherTrace): Markup[] {
  const ends = [snapshots[0]!, snapshots.at(-1)!];
  const names = Object.entries(ends[0]!.phi)
    .filter(([, { shape }]) => shape.length === 2 && shape[0] === shape[1])
    .map(([name]) => name);
  if (names.length === 0) return [];
  const limits = names.map((name) => Math.max(...ends.flatMap(({ phi }) => phi[name]!.data.map(Math.abs))));
  const maps = names.flatMap((name, i) =>
    ends.map(({ step, phi }) =>
      heatMap(phi[name]!.data, phi[name]!.shape[0]!, {
        title: `${name} at step ${step}`,
        description: `Largest absolute value ${formatTick(Math.max(...phi[name]!.data.map(Math.abs)))}; rows are classes, columns labels.`,
        heading: `${name}, step ${step}`,
        limit: limits[i]!,
      }),
    ),
  );
  const shades = names.map((name, i) => `${name} ${formatTick(limits[i]!)}`).join(", ");
  return [
    card(
      figure(
        `The matrices of φ in the first lesson. Row: the class whose log-probability enters; column: the label. Blue is positive, red negative; the strongest shade: ${shades}.`,
        element("div", { class: "maps" }, ...maps),
      ),
    ),
  ];
}
