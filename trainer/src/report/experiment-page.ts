import { compareContenders, type CellResult, type ExperimentResult } from "../experiment/index.ts";
import { mean } from "../statistics/index.ts";
import { curveSection, errorSection } from "./comparison-section.ts";
import { conclusionsOf } from "./conclusion.ts";
import { card, dataTable, figure, paragraph, section } from "./data-table.ts";
import {
  experimentColumns,
  experimentHeadings,
  experimentRows,
  gapsOf,
  nameOfCell,
  rivalTeacherRows,
  sentenceOf,
} from "./experiment-row.ts";
import { resultTable } from "./html.ts";
import { htmlPage } from "./page.ts";
import { dotChart, element, legend, lineChart, text, type Line, type Markup } from "./svg/index.ts";

/** An experiment as one page that needs nothing else: no script, no request, light and dark. */
export function toExperimentPage(result: ExperimentResult): string {
  const findings = [...result.summary.map(sentenceOf), ...gapsOf(result)];
  return htmlPage(`Lectern experiment: ${result.title}`, [
    ...(result.about === null ? [] : [paragraph(result.about, "lead")]),
    element("ul", { class: "findings" }, ...findings.map((sentence) => element("li", {}, text(sentence)))),
    ...overview(result),
    ...Object.keys(result.declaration.teachers).flatMap((teacher) => changeSection(result, teacher)),
    ...rivalSection(result),
    ...trainingSection(result),
    ...result.cells.flatMap(cellSections),
    protocolSection(result),
  ]);
}

function overview(result: ExperimentResult): Markup[] {
  const rows = experimentRows(result);
  if (rows.length === 0) return [];
  return [
    card(
      dataTable({
        caption:
          "Every teacher against the best fixed loss of its cell, chosen by its test error: test error in per cent with its 95 % half width, relative change with its 95 % interval, two-sided paired t-test, seeds on which the teacher's error is lower.",
        headings: experimentColumns.map((column) => experimentHeadings[column]),
        rows: rows.map((row) => experimentColumns.map((column) => row[column])),
        words: [1, 3],
      }),
    ),
  ];
}

/** A teacher's relative change in each cell: a dot a seed, mean and interval, and a line at no change. */
function changeSection({ cells }: ExperimentResult, teacher: string): Markup[] {
  const rows = cells.flatMap((cell) => {
    const { evaluation, bestFixed } = cell;
    if (!evaluation || bestFixed === null) return [];
    const errorsOf = (name: string) => evaluation.contenders.find((c) => c.name === name)?.errors;
    const [own, best] = [errorsOf(teacher), errorsOf(bestFixed)];
    if (!own || !best) return [];
    const { relative } = compareContenders(evaluation, teacher, bestFixed);
    if (!relative) return [];
    const base = mean(best) / 100;
    return [
      {
        name: nameOfCell(cell),
        look: "c0",
        mean: 100 * relative.mean,
        low: 100 * relative.low,
        high: 100 * relative.high,
        values: own.map((error, i) => ({
          value: (error - best[i]!) / base,
          name: `seed ${i + 1}: ${error.toFixed(2)} % and ${best[i]!.toFixed(2)} %`,
        })),
      },
    ];
  });
  if (rows.length === 0) return [];
  return [
    section(
      `${teacher} against the best fixed loss of each cell`,
      card(
        figure(
          "Change of test error relative to the best fixed loss's mean, in per cent; left of the dashed line the teacher is better. Small dots: paired seeds; large dot and bar: mean and 95 % interval.",
          dotChart(rows, {
            title: `Relative change of test error under ${teacher}`,
            description: rows.map(({ name, mean }) => `${name} ${mean.toFixed(1)} %`).join(", "),
            xName: "change, %",
            reference: 0,
          }),
        ),
      ),
    ),
  ];
}

function rivalSection(result: ExperimentResult): Markup[] {
  const rows = rivalTeacherRows(result);
  if (rows.length === 0) return [];
  return [
    section(
      "Teachers against each other",
      card(
        dataTable({
          caption: "Further teachers against the first teacher of their cell, on the same seeds.",
          headings: ["task, student", "teacher", "against", "change", "95 % interval", "p"],
          rows: rows.map((r) => [r.cell, r.teacher, r.against, r.change, r.interval, r.p]),
          words: [1, 2],
        }),
      ),
    ),
  ];
}

/** Validation error over meta-steps, and what was chosen. */
function trainingSection({ runs }: ExperimentResult): Markup[] {
  const shown = runs.filter(({ validations }) => validations.length > 0);
  if (shown.length === 0) return [];
  const lines: Line[] = shown.map((run, i) => ({
    name: `${run.teacher} on ${run.task}, ${run.student}, seed ${run.seed}`,
    look: `c${i % 8}`,
    points: run.validations.map(({ metaStep, error }) => [metaStep, 100 * error]),
    dots: true,
  }));
  return [
    section(
      "Meta-training",
      card(
        figure(
          "Validation error over meta-steps; where two dots stand above each other, one is θ's and one its average's. The lowest is released.",
          legend(lines),
          lineChart(lines, {
            title: "Validation error over meta-steps",
            description: lines
              .map(({ name, points }) => `${name} ends at ${points.at(-1)![1].toFixed(2)} %`)
              .join(", "),
            width: 760,
            height: 340,
            xName: "meta-step",
            yName: "validation error, %",
          }),
        ),
        dataTable({
          caption: "Meta-trainings",
          headings: [
            "teacher",
            "task, student",
            "seed",
            "meta-steps",
            "start %",
            "released %",
            "at",
            "skipped",
          ],
          rows: runs.map((run) => [
            run.teacher,
            nameOfCell(run),
            String(run.seed),
            `${run.metaSteps} of ${run.of}`,
            run.validations[0] ? (100 * run.validations[0].error).toFixed(2) : "–",
            run.best ? (100 * run.best.error).toFixed(2) : "–",
            run.best ? `${run.best.metaStep} (${run.best.candidate})` : "–",
            String(run.skipped),
          ]),
          words: [1],
        }),
      ),
    ),
  ];
}

function cellSections(cell: CellResult): Markup[] {
  const { evaluation, folder } = cell;
  if (!evaluation) return [];
  const curves = curveSection(evaluation);
  return [
    section(
      nameOfCell(cell),
      paragraph(`${evaluation.setting}.${evaluation.note ? ` ${evaluation.note}` : ""}`, "lead"),
      element(
        "ul",
        { class: "findings" },
        ...conclusionsOf(evaluation).map((sentence) => element("li", {}, text(sentence))),
      ),
      resultTable(evaluation),
      paragraph(`What the teachers emitted, and every cell of the searches: ${folder}/evaluation.html.`),
    ),
    errorSection(evaluation),
    ...(curves ? [curves] : []),
  ];
}

function protocolSection({ declaration, cells }: ExperimentResult): Markup {
  const { protocol } = declaration;
  const splits = cells.find(({ evaluation }) => evaluation)?.evaluation?.splits ?? [];
  return section(
    "Protocol",
    paragraph(
      `All losses of a cell train the same student with the same optimizer, schedule, batch and steps. Rates and losses' own parameters are tuned on validation data: at least ${protocol.cells} cells × ${protocol.tuningSeeds} seeds each, widened where the best lies at an edge, the same number for all. ${protocol.pairedSeeds} paired seeds that no tuning saw draw training set, noise, initial weights and batch order, the same for every loss. Test data is met once. p-values aren't corrected for the number of cells.`,
    ),
    ...(splits.length === 0
      ? []
      : [
          card(
            dataTable({
              caption: "Splits of the first cell",
              headings: ["split", "examples", "labels", "use"],
              rows: splits.map(({ name, examples, cleanLabels, use }) => [
                name,
                examples.toLocaleString("en-US"),
                cleanLabels ? "clean" : "noisy",
                use,
              ]),
              words: [2, 3],
            }),
          ),
        ]),
  );
}
