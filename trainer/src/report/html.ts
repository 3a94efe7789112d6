import type { EvaluationResult } from "../evaluate/index.ts";
import { curveSection, errorSection } from "./comparison-section.ts";
import { conclusionsOf } from "./conclusion.ts";
import { card, dataTable, paragraph, section } from "./data-table.ts";
import { htmlPage } from "./page.ts";
import { columns, headings, rowsOf } from "./row.ts";
import { element, text, type Markup } from "./svg/index.ts";
import { teacherSections } from "./teacher-section.ts";
import { tuningSection } from "./tuning-section.ts";

/** The result as one page that needs nothing else: no script, no request, light and dark. */
export function toHtmlReport(result: EvaluationResult): string {
  const title = `Lectern evaluation: ${result.task.name}, ${result.student.name}`;
  const findings = conclusionsOf(result).map((sentence) => element("li", {}, text(sentence)));
  const curves = curveSection(result);
  return htmlPage(title, [
    paragraph(`${result.setting}.${result.note ? ` ${result.note}` : ""}`, "lead"),
    element("ul", { class: "findings" }, ...findings),
    resultTable(result),
    errorSection(result),
    ...(curves ? [curves] : []),
    ...teacherSections(result),
    tuningSection(result),
    protocolSection(result),
  ]);
}

/** The table of all contenders. */
export function resultTable(result: EvaluationResult): Markup {
  const rows = rowsOf(result);
  return card(
    dataTable({
      caption: `Test error over ${result.pairedSeeds.length} paired seeds. “teacher”: its error relative to this row's; p: two-sided paired t-test; “lower on”: seeds on which the teacher's error is lower.`,
      headings: columns.map((column) => headings[column]),
      rows: rows.map((row) => columns.map((column) => row[column])),
      marks: rows.map(({ mark }) => mark),
      words: [columns.indexOf("parameter")],
    }),
  );
}

function protocolSection({ splits, tuning, pairedSeeds, seed, backend, recipe }: EvaluationResult): Markup {
  return section(
    "Protocol",
    paragraph(
      "All losses train the same student with the same optimizer, schedule, batch and steps. Rates and parameters are tuned on validation data, on seeds of their own. Each paired seed draws a training set with its noise, initial weights and a batch order, the same for every loss. Test data is met once, at the end. The best fixed loss is named by its test error, in the rivals' favour.",
    ),
    card(
      dataTable({
        caption: "Splits",
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
    paragraph(
      `Seed ${seed}; tuning seeds ${tuning.seeds.join(", ")}; paired seeds ${pairedSeeds.join(", ")}. Optimizer ${recipe.optimizer.kind}, ${recipe.schedule} rate, batch ${recipe.batchSize}, ${recipe.steps} steps. Backend ${backend}.`,
      "lead",
    ),
  );
}
